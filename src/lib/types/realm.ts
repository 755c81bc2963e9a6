/** A resolver inside a realm; lower numbers are asked first. */
export interface RealmResolver {
  name: string
  /** 1–999, absent when none was given: asked last (as 1000). */
  priority?: number
  /** Node to which the link is bound; empty: every node (since 3.10). */
  node: string
}

/** An ordered set of resolvers; the name is lower case. */
export interface Realm {
  id: number
  name: string
  isDefault: boolean
  /** In the order in which they are asked: priority, then name. */
  resolvers: readonly RealmResolver[]
}
