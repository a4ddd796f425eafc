import { goQuote } from './go-quote.ts';
import type { Node, NodeArgument } from './node.ts';

/** A node as one line of text, `copy ["--link"] "a" "b"`: the form in which parsers of Dockerfiles are compared. */
export function dumpNode(node: Node): string {
  const flags = node.flags.length === 0 ? [] : [`[${node.flags.map(goQuote).join(' ')}]`];
  return [node.keyword.toLowerCase(), ...flags, ...node.arguments.map(dumpArgument)].join(' ').trim();
}

function dumpArgument(argument: NodeArgument): string {
  return argument.kind === 'word' ? goQuote(argument.value) : `(${dumpNode(argument.node)})`;
}
