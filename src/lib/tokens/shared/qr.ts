/** Pixels of a module, and modules of white around the code. */
const scale = 10
const border = 4

/** An image of a QR code that holds the text, as a `data:` address. */
export async function qrDataUrl(text: string): Promise<string> {
  const [{default: encodeQr}, {PNG}] = await Promise.all([import('qr'), import('pngjs')])
  const dark = encodeQr(text, 'raw', {ecc: 'low', border, scale})
  const size = dark.length
  const pixels = Buffer.alloc(size * size, 255)
  for (const [y, row] of dark.entries()) for (const [x, isDark] of row.entries()) if (isDark) pixels[y * size + x] = 0
  const image = PNG.sync.write(Object.assign(new PNG({width: size, height: size}), {data: pixels}), {
    bitDepth: 8,
    colorType: 0,
    inputColorType: 0,
    inputHasAlpha: false,
  })
  return `data:image/png;base64,${image.toString('base64')}`
}
