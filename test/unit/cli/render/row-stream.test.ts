import {expect} from 'chai'
import {parse} from 'yaml'
import {RowStream, type RowFormat} from '../../../../src/cli/render/row-stream.js'

interface Row {
  name: string
  tags: string[]
  n: number
}

const rows: Row[] = [
  {name: 'a', tags: ['x', 'y'], n: 1},
  {name: 'with "quotes", commas\nand lines', tags: [], n: 2},
  {name: 'c', tags: ['z'], n: 3},
]

function written(format: RowFormat, pages: Row[][], fancy = false): string {
  let text = ''
  const stream = new RowStream<Row>({
    format,
    columns: [
      {header: 'name', get: (row) => row.name},
      {header: 'tags', get: (row) => row.tags},
    ],
    key: 'things',
    toJson: (row) => row,
    fancy,
    write: (part) => (text += part),
  })
  for (const page of pages) stream.push(page)
  stream.end()
  return text
}

describe('rows written as they come', () => {
  it('is one JSON document, whatever the pages', () => {
    expect(JSON.parse(written('json', [rows.slice(0, 1), [], rows.slice(1)]))).to.deep.equal({things: rows})
    expect(written('json', [rows.slice(0, 2), rows.slice(2)])).to.equal(`${JSON.stringify({things: rows}, null, 2)}\n`)
    expect(JSON.parse(written('json', []))).to.deep.equal({things: []})
  })

  it('is one YAML list', () => {
    expect(parse(written('yaml', [rows.slice(0, 1), rows.slice(1)]))).to.deep.equal(rows)
    expect(parse(written('yaml', []))).to.deep.equal([])
  })

  it('is one JSON object a line', () => {
    const lines = written('jsonl', [rows]).trimEnd().split('\n')

    expect(lines.map((line) => JSON.parse(line) as Row)).to.deep.equal(rows)
  })

  it('has one header in a table and in CSV', () => {
    expect(written('csv', [rows.slice(0, 1), rows.slice(1)])).to.equal(
      'name,tags\r\na,"x,y"\r\n"with ""quotes"", commas\nand lines",\r\nc,z\r\n',
    )
    expect(written('table', [rows.slice(0, 1), rows.slice(2)])).to.equal('name\ttags\na\tx,y\nc\tz\n')
    expect(written('table', [])).to.equal('name\ttags\n')
  })

  it('draws short tables for a terminal and lets long ones run', () => {
    const many = Array.from({length: 600}, (_, n) => ({name: `n${n}`, tags: [], n}))

    expect(written('table', [rows], true)).to.include('│')
    expect(written('table', [many.slice(0, 300), many.slice(300)], true).split('\n')).to.have.length(602)
  })
})
