/** An open question to a user; times are milliseconds since 1970, UTC. */
export interface Challenge {
  id: number
  /** Usually 20 digits; several tokens may share one. */
  transactionId: string
  serial: string
  /** What was asked, or a nonce, or the mark of a dialogue. */
  challenge: string
  /** Data of the kind, as text. */
  data: string
  session: string
  timestamp: number
  expiration: number
  receivedCount: number
  otpValid: boolean
}

export type NewChallenge = Omit<Challenge, 'id' | 'receivedCount' | 'otpValid'>
