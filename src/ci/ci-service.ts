/** The CI services that pipelines are written for. */
export type CiService = 'github' | 'gitlab' | 'jenkins';
