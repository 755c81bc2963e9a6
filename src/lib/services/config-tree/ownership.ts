import type {Database, Row} from '../../db/database.js'

/** Row of table `config` that says which tree owns which objects; the originals ignore keys they do not know. */
const key = (tree: string): string => `pi-manage.owned.${tree}`

/** Longest value of a row; longer lists continue in further rows. */
const rowLength = 1900

/** Names of the objects that a tree made, as `kind/name`; `--prune` deletes only these. */
export async function ownedBy(db: Database, tree: string): Promise<Set<string>> {
  const rows = await db.k<Row>('config').where('Key', 'like', `${key(tree)}.%`)
  const parts = rows
    .map((row) => ({index: Number(String(row['Key']).slice(key(tree).length + 1)), text: String(row['Value'] ?? '')}))
    .sort((a, b) => a.index - b.index)
  return new Set(
    parts
      .map(({text}) => text)
      .join('')
      .split('\n')
      .filter((name) => name !== '')
      .map((name) => decodeURIComponent(name)),
  )
}

/** Replaces the list of owned objects; to be called in the transaction of the change. */
export async function setOwned(db: Database, tree: string, names: Iterable<string>): Promise<void> {
  const text = [...names]
    .sort()
    .map((name) => encodeURIComponent(name))
    .join('\n')
  await db
    .k('config')
    .where('Key', 'like', `${key(tree)}.%`)
    .delete()
  const rows: Row[] = []
  for (let at = 0; at < text.length; at += rowLength) {
    rows.push({
      Key: `${key(tree)}.${rows.length}`,
      Value: text.slice(at, at + rowLength),
      Type: '',
      Description: 'objects of a configuration tree',
    })
  }
  await db.insert('config', rows)
}
