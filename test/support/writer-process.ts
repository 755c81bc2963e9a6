/** A program that writes beside others: `add URI COUNTER TIMES`, `insert URI PREFIX BATCHES`, `hang URI REALM`. */
import {openDatabase} from '../../src/lib/db/connect.js'

const [order, uri = '', name = '', times = '1'] = process.argv.slice(2)
const db = await openDatabase(uri)
if (order === 'hang') {
  await db.transaction(async (tx) => {
    await tx.insert('realm', [{name}])
    process.send?.('written')
    await new Promise((resolve) => setTimeout(resolve, 60_000))
  })
}
for (let round = 0; round < Number(times); round++) {
  if (order === 'add') {
    await db.transaction(async (tx) => {
      const row = (await tx.k('eventcounter').where({counter_name: name}).forUpdate().first()) as {
        counter_value: number
      }
      await tx
        .k('eventcounter')
        .where({counter_name: name})
        .update({counter_value: row.counter_value + 1})
    })
  } else {
    const rows = Array.from({length: 10}, (_, at) => ({serial: `${name}-${round}-${at}`}))
    const ids = await db.insert('token', rows)
    const stored = (await db.k('token').whereIn('id', ids).orderBy('id')) as {serial: string}[]
    const right = stored.every((row, at) => row.serial === rows[at]?.serial)
    if (!right) process.exitCode = 1
  }
}
await db.close()
