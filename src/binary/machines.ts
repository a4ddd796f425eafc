/** Names of ELF's `e_machine`. https://www.sco.com/developers/gabi/latest/ch4.eheader.html */
const elfNames: ReadonlyMap<number, string> = new Map([
  [2, 'SPARC'],
  [3, 'x86'],
  [4, 'Motorola 68000'],
  [6, 'x86'],
  [8, 'MIPS'],
  [10, 'MIPS'],
  [15, 'PA-RISC'],
  [18, 'SPARC'],
  [20, 'PowerPC'],
  [21, 'PowerPC64'],
  [22, 'S/390'],
  [40, 'ARM'],
  [42, 'SuperH'],
  [43, 'SPARC V9'],
  [50, 'IA-64'],
  [62, 'x86-64'],
  [83, 'AVR'],
  [92, 'OpenRISC'],
  [93, 'ARC'],
  [94, 'Xtensa'],
  [164, 'Hexagon'],
  [183, 'AArch64'],
  [189, 'MicroBlaze'],
  [190, 'CUDA'],
  [195, 'ARCv2'],
  [205, 'Intel GPU'],
  [224, 'AMD GPU'],
  [243, 'RISC-V'],
  [247, 'eBPF'],
  [251, 'NEC Vector Engine'],
  [252, 'C-SKY'],
  [258, 'LoongArch'],
  [0x9026, 'Alpha'],
]);

/** Code for a device beside the processor, or for the kernel's virtual machine: it is equal in the images of all platforms. */
const deviceNames: ReadonlySet<string> = new Set([
  'AMD GPU',
  'CUDA',
  'eBPF',
  'Hexagon',
  'Intel GPU',
  'NEC Vector Engine',
]);

/** The name of an ELF machine, `machine 0x1234` where it has none. */
export function elfMachineName(code: number): string {
  return elfNames.get(code) ?? `machine 0x${code.toString(16)}`;
}

/** Whether code of a machine runs on a device rather than on the processor of a platform. */
export function isDevice(machineName: string): boolean {
  return deviceNames.has(machineName);
}
