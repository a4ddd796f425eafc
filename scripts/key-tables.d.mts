export function updateKeyTables(markdown: string, jsonSchema: unknown): string;
