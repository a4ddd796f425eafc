const names = ['HTTP_PROXY', 'HTTPS_PROXY', 'FTP_PROXY', 'NO_PROXY', 'ALL_PROXY'] as const;

/** Whether a build arg is one of the proxy settings, which work without an ARG. */
export function isProxyArg(name: string): boolean {
  return names.some((known) => known === name.toUpperCase());
}

/**
 * The proxy settings among the build args, each in upper and lower case as programs expect them. A RUN gets them without an
 * ARG, and neither history nor the build cache sees them.
 * https://docs.docker.com/reference/dockerfile/#predefined-args
 */
export function proxyEnvironment(buildArgs: Readonly<Record<string, string>>): ReadonlyMap<string, string> {
  const environment = new Map<string, string>();
  for (const name of names) {
    const value = Object.entries(buildArgs)
      .toSorted(([one], [other]) => (one < other ? -1 : 1))
      .findLast(([given]) => given.toUpperCase() === name)?.[1];
    if (value === undefined || value === '') continue;
    environment.set(name, value).set(name.toLowerCase(), value);
  }
  return environment;
}
