/** What a check comes to: the verdict and the `detail` of the answer. */
export interface Outcome {
  accepted: boolean
  detail: Record<string, unknown>
}
