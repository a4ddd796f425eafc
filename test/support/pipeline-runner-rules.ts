type Variables = Readonly<Record<string, string>>;

/**
 * Whether an `if:` of GitLab's rules holds: variables, texts, `null`, `==`, `!=`, `=~`, `!~`, `&&`, `||` and parentheses.
 * https://docs.gitlab.com/ci/jobs/job_rules/#cicd-variable-expressions
 */
export function ruleHolds(text: string, variables: Variables): boolean {
  const tokens = text.match(/\$\w+|"[^"]*"|'[^']*'|\/(?:\\.|[^/])+\/i?|==|!=|=~|!~|&&|\|\||[()]|null/g) ?? [];
  if (tokens.join('').length !== text.replace(/\s+(?=(?:[^"]*"[^"]*")*[^"]*$)/g, '').length)
    throw new Error(`The rule cannot be read: ${text}`);
  let at = 0;
  const result = either();
  if (at !== tokens.length) throw new Error(`The rule cannot be read from its ${at + 1}. word on: ${text}`);
  return result;

  function either(): boolean {
    let value = both();
    while (tokens[at] === '||') {
      at += 1;
      const right = both();
      value ||= right;
    }
    return value;
  }

  function both(): boolean {
    let value = single();
    while (tokens[at] === '&&') {
      at += 1;
      const right = single();
      value &&= right;
    }
    return value;
  }

  function single(): boolean {
    if (tokens[at] === '(') {
      at += 1;
      const value = either();
      if (tokens[at] !== ')') throw new Error(`A parenthesis is not closed: ${text}`);
      at += 1;
      return value;
    }
    const left = operand();
    const operator = tokens[at] ?? '';
    if (!['==', '!=', '=~', '!~'].includes(operator)) return left !== undefined && left !== '';
    at += 1;
    if (operator.endsWith('~')) return matches(left ?? '', tokens[at++] ?? '') === (operator === '=~');
    return (left === operand()) === (operator === '==');
  }

  function operand(): string | undefined {
    const token = tokens[at++] ?? '';
    if (token.startsWith('$')) return variables[token.slice(1)];
    return token === 'null' ? undefined : token.slice(1, -1);
  }

  function matches(left: string, pattern: string): boolean {
    return new RegExp(pattern.replace(/^\/|\/i?$/g, ''), pattern.endsWith('i') ? 'i' : '').test(left);
  }
}
