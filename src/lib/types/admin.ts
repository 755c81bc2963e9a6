/** A local administrator (table `admin`). */
export interface Admin {
  username: string
  email: string | null
  /** Hash of pepper and password; without one nobody can log in by it. */
  passwordHash: string | null
}
