export declare const peerPath: string;
export declare const buildxPlugin: string;
export declare function installReal(): void;
