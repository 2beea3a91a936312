/** Draws the pages of a paper. Blocks while it draws: for a process of its own alone (store/files/pdf-photos.ts). */
import { PDFiumLibrary } from '@hyzyla/pdfium';
import { encode } from 'jpeg-js';

/** Longer side of a photo, pixels; a page is never drawn with more than 300 dots an inch. */
const longest = 1_600;
const mostScale = 300 / 72;
const quality = 85;

export class TooManyPages extends Error {
  readonly pages: number;

  constructor(pages: number) {
    super(`it has ${pages} pages`);
    this.pages = pages;
  }
}

/** One JPEG a page. @throws TooManyPages; another error where the paper cannot be read (damaged, locked with a password). */
export async function* pagesOf(pdf: Uint8Array, most: number): AsyncGenerator<Buffer> {
  const library = await PDFiumLibrary.init();
  try {
    const document = await library.loadDocument(pdf);
    const count = document.getPageCount();
    if (count > most) throw new TooManyPages(count);
    for (let nth = 0; nth < count; nth += 1) {
      const page = document.getPage(nth);
      const { originalWidth, originalHeight } = page.getOriginalSize();
      const side = Math.max(originalWidth, originalHeight);
      if (!(Math.min(originalWidth, originalHeight) >= 1)) throw new Error(`its page ${nth + 1} has no size`);
      // Signatures are often fields of a form.
      const { data, width, height } = await page.render({
        scale: Math.min(mostScale, longest / side),
        renderFormFields: true,
        render: ({ data: pixels }) => Promise.resolve(pixels),
      });
      if (width < 1 || height < 1) throw new Error(`its page ${nth + 1} has no size`);
      yield encode({ data, width, height }, quality).data;
    }
  } finally {
    library.destroy();
  }
}
