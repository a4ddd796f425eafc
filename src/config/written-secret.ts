import * as v from 'valibot';
import { parseSecret } from './parse-secret.ts';
import { key, parsedBy, requiredKey, someText } from './written-value.ts';

export const secretEntry = v.union([
  parsedBy(parseSecret),
  v.pipe(
    v.strictObject({
      id: requiredKey(someText, {
        description: 'The name that `RUN --mount=type=secret,id=` uses.',
        examples: ['npm'],
      }),
      env: key(someText, {
        description: 'The variable that holds it.',
        default: 'with no `file`: the one named like `id`, else the file of that name',
        examples: ['NPM_TOKEN'],
      }),
      file: key(someText, { description: 'The file that holds it.', default: 'none', examples: ['.npmrc'] }),
    }),
    v.check(({ env, file }) => env === undefined || file === undefined, 'it has both "env" and "file", expected one'),
  ),
]);
