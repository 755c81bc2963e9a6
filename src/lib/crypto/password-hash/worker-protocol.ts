export interface WorkerQuestion {
  scheme: string
  secret: Uint8Array
  setting: string
}

/** `hash` is undefined when the setting is malformed. */
export type WorkerAnswer = {hash: string | undefined} | {failure: string}
