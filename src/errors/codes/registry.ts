import type { CodeMeaning } from '../code.ts';

/** Faults of `registry/`. */
export const registryCodes = {
  REGISTRY_UNAUTHORIZED: {
    meaning: 'A registry does not accept the credentials, or none were found',
    hint: 'Log in with `docker login`, or set DOCKER_AUTH_CONFIG',
    exit: 'registry',
  },
  REGISTRY_DENIED: {
    meaning: 'The credentials are good, but they do not allow this',
    hint: 'Check the rights of the account or token on this repository, and that the repository exists',
    exit: 'registry',
  },
  REPOSITORY_UNKNOWN: {
    meaning: 'A registry has no such repository, or does not show it to these credentials',
    hint: 'Check its spelling; some registries want it created before the first push',
    exit: 'registry',
  },
  MANIFEST_UNKNOWN: {
    meaning: 'A repository has no such tag or digest',
    hint: 'List what there is with `polyarch inspect`, or check the spelling',
    exit: 'registry',
  },
  REGISTRY_UNSUPPORTED: {
    meaning: 'A registry does not offer what was asked of it',
    hint: 'Use the web page or API of the registry for this, or another registry',
    exit: 'registry',
  },
  REGISTRY_REFUSED: {
    meaning: 'A registry refused a request for a reason of its own',
    hint: 'Its reason is in the message; the log of the registry may say more',
    exit: 'registry',
  },
  CONTENT_TOO_LARGE: {
    meaning: 'A registry, or a proxy before it, does not take content of this size',
    hint: 'Raise the body limit of the proxy or registry (nginx: client_max_body_size), or make the layer smaller',
    exit: 'registry',
  },
  RATE_LIMITED: {
    meaning: 'A registry allows no more requests for now, for longer than polyarch waits',
    hint: 'Run again later, log in for a higher limit, or use a mirror',
    exit: 'registry',
  },
  REGISTRY_FULL: {
    meaning: 'A registry has no room left',
    hint: 'Free space on the registry (garbage collection), or raise its quota',
    exit: 'registry',
  },
  REGISTRY_FAILED: {
    meaning: 'A registry kept answering with a server error',
    hint: 'Look at the log and status page of the registry, and run again: what was pushed is kept',
    exit: 'registry',
  },
  REGISTRY_UNREACHABLE: {
    meaning: 'A registry could not be reached, or the connection kept breaking',
    hint: 'Check its name, the network and the proxy settings, and run again: what was pushed is kept',
    exit: 'registry',
  },
  REGISTRY_TIMED_OUT: {
    meaning: 'A registry did not answer, or sent or took no more bytes, for longer than the limit',
    hint: 'Check the network and the load of the registry, and run again: what was pushed is kept',
    exit: 'registry',
  },
  REGISTRY_TLS: {
    meaning: 'No trusted TLS connection could be made',
    hint: 'Put the CA of the registry into SSL_CERT_FILE or /etc/docker/certs.d/HOST/ca.crt, or check its certificate',
    exit: 'registry',
  },
  REGISTRY_ANSWER_MALFORMED: {
    meaning: 'Something answered that does not speak as a registry does',
    hint: 'Check the host name; a captive portal, a login page or a proxy may be answering in its place',
    exit: 'registry',
  },
  REGISTRY_ANSWER_TOO_LARGE: {
    meaning: 'An answer is larger than any such answer may be',
    hint: 'Check that this is an image repository; manifests have at most 8 MiB',
    exit: 'registry',
  },
  REDIRECT_REFUSED: {
    meaning: 'A registry points at a place where no request may be sent',
    hint: 'A registry must not send its clients to private addresses or to plain HTTP; check its configured external URL',
    exit: 'registry',
  },
  TAG_MOVED: {
    meaning: 'A tag does not point at what it was expected to point at',
    hint: 'Somebody else has moved it; look at what is there, plan again, and let one job at a time publish a tag',
    exit: 'registry',
  },
  TAG_IMMUTABLE: {
    meaning: 'A registry does not let this tag be moved',
    hint: 'Publish under a new tag, or exclude this tag from the immutability rule of the repository',
    exit: 'registry',
  },
  REFERRERS_CONTENDED: {
    meaning: 'An entry could not be kept in the referrers tag, because others kept overwriting it',
    hint: 'Run again; fewer writers at once, or a registry with the referrers API, avoid it',
    exit: 'registry',
  },
  CREDENTIALS_MALFORMED: {
    meaning: 'A file or variable with registry credentials cannot be read',
    hint: 'It must be the JSON that `docker login` or `podman login` writes',
    exit: 'misuse',
  },
  CREDENTIAL_HELPER_FAILED: {
    meaning: 'A docker-credential program did not answer as such a program does',
    hint: 'Run it by hand: echo HOST | docker-credential-NAME get',
    exit: 'machine',
  },
  PROXY_MALFORMED: {
    meaning: 'A proxy variable does not hold the URL of a proxy',
    hint: 'Write it as http://[user:password@]host:port',
    exit: 'misuse',
  },
} as const satisfies Record<string, CodeMeaning>;
