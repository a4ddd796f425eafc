const names = new Set(
  (
    'ABRT ALRM BUS CHLD CLD CONT FPE HUP ILL INT IO IOT KILL PIPE POLL PROF PWR QUIT SEGV STKFLT STOP SYS TERM TRAP TSTP ' +
    'TTIN TTOU URG USR1 USR2 VTALRM WINCH XCPU XFSZ RTMIN RTMAX'
  ).split(' '),
);

/** Whether a text names a signal of Linux, by number or by name, with or without `SIG`, in any case. */
export function isStopSignal(text: string): boolean {
  if (/^[+-]?\d+$/.test(text)) return Number(text) !== 0;
  const name = text.toUpperCase().replace(/^SIG/, '');
  if (names.has(name)) return true;
  const offset = /^RT(MIN\+|MAX-)([1-9]\d?)$/.exec(name);
  return offset !== null && Number(offset[2]) <= (offset[1] === 'MIN+' ? 15 : 14);
}
