import type {Database, Row} from '../db/database.js'
import type {Admin} from '../types/admin.js'

/** The table `admin`. Names are distinguished by case, also where the database does not. */
export class AdminRepository {
  readonly #db: Database

  constructor(db: Database) {
    this.#db = db
  }

  /** All, by name. */
  async all(): Promise<Admin[]> {
    const rows: Row[] = await this.#db.k<Row>('admin').orderBy('username')
    return rows.map(read)
  }

  async find(username: string): Promise<Admin | undefined> {
    const rows: Row[] = await this.#db.k<Row>('admin').where({username})
    return rows.map(read).find((admin) => admin.username === username)
  }

  /** @throws DatabaseError ALREADY_EXISTS, also for a name that differs in case only where the database takes it for the same */
  async add({username, email, passwordHash}: Admin): Promise<void> {
    await this.#db.insert('admin', [{email, password: passwordHash, username}])
  }

  /** Changes what is given of one that exists. */
  async update(username: string, {email, passwordHash}: Partial<Omit<Admin, 'username'>>): Promise<void> {
    const changes = {
      ...(email !== undefined && {email}),
      ...(passwordHash !== undefined && {password: passwordHash}),
    }
    if (Object.keys(changes).length > 0) await this.#db.k('admin').where({username}).update(changes)
  }

  /** @returns whether there was one */
  async delete(username: string): Promise<boolean> {
    if (!(await this.find(username))) return false
    return (await this.#db.k('admin').where({username}).delete()) === 1
  }
}

function read(row: Row): Admin {
  const text = (value: unknown) => (value === null || value === undefined ? null : String(value))
  return {
    username: String(row['username']),
    email: text(row['email']),
    passwordHash: text(row['password']) || null,
  }
}
