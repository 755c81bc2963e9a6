import type {Database} from '../../db/database.js'
import {TokenRepository} from '../../store/tokens.js'
import type {ImportedRow, TokenFile} from '../../types/imported-token.js'

/** Records that are looked up at a time. */
const pageSize = 500

/** A token file without the tokens that the database does not have: those are left out, with the reason. */
export function onlyExisting(file: TokenFile, db: Database): TokenFile {
  return {
    name: file.name,
    format: file.format,
    digest: () => file.digest(),
    rows: () => existingRows(file, new TokenRepository(db)),
  }
}

async function* existingRows(file: TokenFile, tokens: TokenRepository): AsyncIterable<ImportedRow> {
  let page: ImportedRow[] = []
  for await (const row of file.rows()) {
    page.push(row)
    if (page.length < pageSize) continue
    yield* await checked(page, tokens)
    page = []
  }
  yield* await checked(page, tokens)
}

async function checked(page: readonly ImportedRow[], tokens: TokenRepository): Promise<ImportedRow[]> {
  const serials = page.flatMap((row) => ('token' in row ? [row.token.serial] : []))
  const there = new Set((await tokens.findSeveral(serials)).map(({serial}) => serial))
  return page.map((row) => {
    if (!('token' in row) || there.has(row.token.serial)) return row
    const {serial, type} = row.token
    return {line: row.line, serial, type, skipped: 'there is no such token'}
  })
}
