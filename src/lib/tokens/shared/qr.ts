/** An image of a QR code that holds the text, as a `data:` address. */
export async function qrDataUrl(text: string): Promise<string> {
  const {default: qrcode} = await import('qrcode')
  return qrcode.toDataURL(text, {errorCorrectionLevel: 'low', margin: 4, scale: 10, type: 'image/png'})
}
