import { describe, expect, test } from 'vitest';
import { parseDevice } from '../../../src/dockerfile/run-device.ts';
import { parseMount, type RunMount } from '../../../src/dockerfile/run-mount.ts';
import { isFault } from '../../../src/errors/fault.ts';

function mount(text: string): RunMount {
  return parseMount(text, (word) => word.replaceAll('$x', 'X'));
}

function reasonOf(work: () => unknown): string | undefined {
  try {
    work();
  } catch (error) {
    if (isFault(error, 'DOCKERFILE_SYNTAX')) return error.message.replace(/^.*?: /, '');
    throw error;
  }
  return undefined;
}

describe('parseMount', () => {
  test.each<[string, RunMount]>([
    ['target=/a', { type: 'bind', target: '/a', readOnly: true, required: false }],
    [
      'type=bind,dst=/a,src=b,from=c,rw',
      { type: 'bind', target: '/a', source: 'b', from: 'c', readOnly: false, required: false },
    ],
    ['destination=/a,readonly=false', { type: 'bind', target: '/a', readOnly: false, required: false }],
    ['type=cache,target=/$x', { type: 'cache', target: '/X', readOnly: false, required: false }],
    [
      'TYPE=Cache,target=/a,id=$x,sharing=Locked,mode=0755,uid=1,gid=2,ro',
      {
        type: 'cache',
        target: '/a',
        id: 'X',
        sharing: 'locked',
        mode: 0o755,
        uid: 1,
        gid: 2,
        readOnly: true,
        required: false,
      },
    ],
    [
      'type=tmpfs,target=/a,size=1.5k',
      { type: 'tmpfs', target: '/a', sizeBytes: 1536, readOnly: false, required: false },
    ],
    [
      'type=tmpfs,target=/a,size=2GiB',
      { type: 'tmpfs', target: '/a', sizeBytes: 2 ** 31, readOnly: false, required: false },
    ],
    ['type=secret,id=a,env=A,required', { type: 'secret', id: 'a', env: 'A', readOnly: true, required: true }],
    ['type=ssh,required=1', { type: 'ssh', readOnly: true, required: true }],
  ])('reads %s', (text, expected) => {
    expect(mount(text)).toEqual(expected);
  });

  test('keeps a comma that is quoted', () => {
    expect(mount('type=bind,"target=/a,b"').target).toBe('/a,b');
  });

  test.each([
    ['', 'failed to parse csv mounts: EOF'],
    ['target=/a,id="c"', 'failed to parse csv mounts: bare " in non-quoted-field'],
    ['type=volume', 'unsupported mount type "volume"'],
    ['type=cahce', 'unsupported mount type "cahce" (did you mean cache?)'],
    ['type=cache,sharing=lock', 'unsupported sharing value "lock" (did you mean locked?)'],
    ['traget=/a', "unexpected key 'traget' in 'traget=/a' (did you mean target?)"],
    ['target', "invalid field 'target' must be a key=value pair"],
    ['nonsense', "invalid field 'nonsense' must be a key=value pair"],
    ['ro=maybe', 'invalid value for ro: maybe'],
    ['type=bind,required', "unexpected key 'required' for mount type 'bind'"],
    ['type=ssh,required=maybe', 'invalid value for required: maybe'],
    ['type=cache,size=1', "unexpected key 'size' for mount type 'cache'"],
    ['type=tmpfs,size=big', 'invalid value for size: big'],
    ['type=cache,env=a', "unexpected key 'env' for mount type 'cache'"],
    ['type=cache,mode=9', 'invalid value 9 for mode'],
    ['type=cache,uid=-1', 'invalid value -1 for uid'],
    ['type=bind,mode=1', 'mode not allowed for "bind" type mounts'],
    ['type=tmpfs,gid=1', 'gid not allowed for "tmpfs" type mounts'],
    ['type=bind,sharing=shared', 'invalid cache sharing set for bind mount'],
    ['type=secret', 'invalid secret mount. one of source, target required'],
    ['type=secret,id=a,from=b', 'secret mount should not have a from'],
    ['type=secret,id=a,sharing=shared', 'secret mount should not define sharing'],
    ['type=secret,id=a,source=b', "both source and id can't be set"],
  ])('refuses %j', (text, reason) => {
    expect(reasonOf(() => mount(text))).toBe(reason);
  });
});

describe('parseDevice', () => {
  test.each([
    ['vendor.com/gpu', { name: 'vendor.com/gpu', required: false }],
    ['vendor.com/gpu=all,required', { name: 'vendor.com/gpu=all', required: true }],
    ['name=gpu,required=false', { name: 'gpu', required: false }],
  ])('reads %s', (text, expected) => {
    expect(parseDevice(text)).toEqual(expected);
  });

  test.each([
    ['gpu,name=x', 'device name already set to gpu'],
    ['gpu,required=maybe', 'invalid value for required: maybe'],
    ['gpu,requierd=1', "unexpected key 'requierd' in 'requierd=1' (did you mean required?)"],
    ['a,b', "invalid field 'b' must be a key=value pair"],
    ['"a', 'failed to parse csv devices: extraneous or missing " in quoted-field'],
  ])('refuses %s', (text, reason) => {
    expect(reasonOf(() => parseDevice(text))).toBe(reason);
  });
});
