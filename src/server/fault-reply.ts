import { Fault } from '../errors/fault.ts';
import { type Reply, refuse, refuseFull, withHeaders } from './reply.ts';

const refuseUnavailable: Reply = withHeaders(
  refuse(503, 'UNAVAILABLE', 'another process works on the repository; try again'),
  { 'Retry-After': '2' },
);

/** What a client is told of a fault. The message of the fault may hold paths of this machine: it is for the log alone. */
export function replyOfFault(error: unknown): Reply {
  if (!(error instanceof Fault)) return refuse(500, 'UNKNOWN', 'the registry met an error; its log says which');
  switch (error.code) {
    case 'STORE_FULL':
      return refuseFull();
    case 'STORE_LOCKED':
      return refuseUnavailable;
    case 'SERVER_BODY_TOO_LARGE':
      return refuse(413, 'SIZE_INVALID', 'the body is larger than the registry takes');
    case 'SERVER_BODY_STALLED':
      return refuse(
        408,
        'BLOB_UPLOAD_INVALID',
        'the body came too slowly; ask the upload for its Range and go on there',
      );
    case 'SERVER_BODY_CUT_OFF':
      return refuse(400, 'BLOB_UPLOAD_INVALID', 'the body ended early; ask the upload for its Range and go on there');
    default:
      return refuse(500, 'UNKNOWN', `the registry cannot use its storage (${error.code}); its log says more`);
  }
}

/** Whether a fault is the client's affair, so that the log need not tell of it. */
export function isClientFault(error: unknown): boolean {
  return error instanceof Fault && error.code.startsWith('SERVER_BODY_');
}
