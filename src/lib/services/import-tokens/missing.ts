import type {Database} from '../../db/database.js'
import {RealmRepository} from '../../store/realms.js'
import {TokenImportRepository} from '../../store/token-import.js'
import type {TokenFile} from '../../types/imported-token.js'

/** Makes the realms and token groups that the tokens of a file name, in one transaction, once the file was read to its end. */
export async function createMissing(db: Database, file: TokenFile): Promise<void> {
  const realms = new Set<string>()
  const groups = new Set<string>()
  for await (const row of file.rows()) {
    if (!('token' in row)) continue
    const {realms: named = [], state, user} = row.token
    const owners = (state?.owners ?? []).flatMap(({realm}) => realm ?? [])
    for (const realm of [...named, ...owners, ...(user?.realm ? [user.realm] : [])]) realms.add(realm.toLowerCase())
    for (const group of state?.groups ?? []) groups.add(group)
  }
  await db.transaction(async (tx) => {
    for (const {name} of await new RealmRepository(tx).all()) realms.delete(name)
    const repository = new TokenImportRepository(tx)
    for (const name of (await repository.groupIds()).keys()) groups.delete(name)
    if (realms.size === 0 && groups.size === 0) return
    await tx.insert(
      'realm',
      [...realms].map((name) => ({name})),
    )
    await repository.addGroups([...groups])
    await tx.bumpTimestamp()
  })
}
