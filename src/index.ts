export { Fault, isFault } from './errors/fault.ts';
