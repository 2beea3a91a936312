import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { readCsv, writeCsvLine } from '../../client/export/csv.ts';
import { decodeText } from '../../domain/facts/encoding.ts';

const cellsOf = (text: string) => readCsv(text).rows.map(({ cells }) => cells);

describe('what is written', () => {
  test('holds no formula: an apostrophe stands before each cell that a spreadsheet would calculate, and before no plain number', () => {
    const cells = [
      '=SUM(A1)',
      '+44',
      '-SUM(A1)',
      '@x',
      '\tx',
      '\rx',
      ' =x',
      '＝x',
      '-1',
      '-640.5',
      '-1-1',
      -5,
      2.5,
      'a=b',
    ];
    expect(cellsOf(writeCsvLine(cells))).toEqual([
      [
        "'=SUM(A1)",
        "'+44",
        "'-SUM(A1)",
        "'@x",
        "'\tx",
        "'\rx",
        "' =x",
        "'＝x",
        '-1',
        '-640.5',
        "'-1-1",
        '-5',
        '2.5',
        'a=b',
      ],
    ]);
  });

  test('has quotes only where a cell needs them, and lines that end with CR LF', () => {
    expect(writeCsvLine(['plain', 7, null, 'a "b", c', 'a\nb', 'a\r\nb', ' a', 'a; b'])).toBe(
      'plain,7,,"a ""b"", c","a\nb","a\r\nb"," a",a; b\r\n',
    );
  });

  test('is read again as it was, each row on the line on which it begins', () => {
    const cell = fc.oneof(
      fc.string({
        unit: fc.constantFrom('"', ',', ';', '\t', '\r', '\n', '\r\n', ' ', "'", '=', '-', '1', 'a', 'é', '\uFEFF'),
      }),
      fc.string({ unit: 'binary' }),
      fc.double({ noDefaultInfinity: true, noNaN: true }),
      fc.constant(null),
    );
    const table = fc
      .integer({ min: 1, max: 5 })
      .chain((width) =>
        fc.array(fc.array(cell, { minLength: width, maxLength: width }), { minLength: 1, maxLength: 6 }),
      );
    fc.assert(
      fc.property(table, (rows) => {
        const header = rows[0]?.map((_, column) => `column_${column}`) ?? [];
        const lines = [header, ...rows].map(writeCsvLine);
        const read = readCsv(lines.join(''));
        expect(read.openQuoteLine).toBeNull();
        expect(read.rows).toHaveLength(lines.length);
        for (const [at, row] of rows.entries()) {
          const found = read.rows[at + 1];
          const before = lines.slice(0, at + 1).join('');
          expect(found?.line).toBe(before.split(/\r\n|\n|\r/).length);
          expect(found?.cells).toHaveLength(row.length);
          for (const [column, written] of row.entries()) {
            const text = written === null ? '' : String(written);
            // An apostrophe that was put before a cell stays: nobody could tell it from one that was in it.
            const mayBeGuarded = /^\s*[=+\-@＝＋－＠]|^[\t\r]/.test(text);
            expect(mayBeGuarded ? [text, `'${text}`] : [text]).toContain(found?.cells[column]);
          }
        }
      }),
    );
  });
});

describe('what is read', () => {
  test('is told apart by what its first line has most of: commas, semicolons or tabs', () => {
    for (const separator of [',', ';', '\t']) {
      const text = `\n"a,b;c\td"${separator}name\n1,5;2\t"x"${separator}"y"\n`;
      expect(cellsOf(text)[0]).toEqual(['a,b;c\td', 'name']);
    }
    expect(cellsOf('id;weight\n1;2,5\n')).toEqual([
      ['id', 'weight'],
      ['1', '2,5'],
    ]);
  });

  test('may have any line ends, even mixed, empty lines, and rows of different lengths, and each row knows its line', () => {
    expect(readCsv('\uFEFFa,b\r\n\r\n"x\r\ny", z \n   \nc\rd,,\n""\n,\n')).toEqual({
      rows: [
        { line: 1, cells: ['a', 'b'] },
        { line: 3, cells: ['x\r\ny', 'z'] },
        { line: 6, cells: ['c'] },
        { line: 7, cells: ['d', '', ''] },
        { line: 8, cells: [''] },
        { line: 9, cells: ['', ''] },
      ],
      openQuoteLine: null,
    });
    expect(readCsv('')).toEqual({ rows: [], openQuoteLine: null });
    expect(cellsOf('a,b')).toEqual([['a', 'b']]);
  });

  test('loses nothing before a quote that has no end, and says where that is', () => {
    expect(readCsv('a,b\nc,d\ne,"f\ng,h\n')).toEqual({
      rows: [
        { line: 1, cells: ['a', 'b'] },
        { line: 2, cells: ['c', 'd'] },
      ],
      openQuoteLine: 3,
    });
    // A quote in the middle of a cell is a letter as any other.
    expect(cellsOf('a,5" pipe\nb,c\n')).toEqual([
      ['a', '5" pipe'],
      ['b', 'c'],
    ]);
  });

  test('may be UTF-8 or UTF-16, with the byte order mark of either', () => {
    const text = 'naïve,Łódź\r\n';
    const little = Buffer.from(`\uFEFF${text}`, 'utf16le');
    for (const bytes of [Buffer.from(text), Buffer.from(`\uFEFF${text}`), little, Buffer.from(little).swap16()])
      expect(decodeText(bytes)).toBe(text);
  });
});
