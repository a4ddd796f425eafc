import { stringify } from 'yaml';

/** A key with an example of its value, on one line where that is short. */
export function formatExample(key: string, value: unknown): string {
  return stringify({ [key]: value }, { collectionStyle: 'flow', flowCollectionPadding: false, lineWidth: 0 })
    .trim()
    .replace(/^\{|\}$/g, '');
}
