import type { GenericSchema } from 'valibot';

export function renderJsonSchema(writtenConfigSchema: GenericSchema): string;
