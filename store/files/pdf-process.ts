/** The process that draws one paper, told and heard by store/files/pdf-photos.ts. */
import { pagesOf, TooManyPages } from './pdf-pages.ts';
import type { PdfFinding } from './pdf-photos.ts';

const say = (said: PdfFinding) => process.send?.(said);

process.once('message', ({ bytes, pages: most }: { bytes: Uint8Array; pages: number }) => {
  void (async () => {
    let pages = 0;
    try {
      for await (const photo of pagesOf(bytes, most)) {
        pages += 1;
        say({ photo });
      }
      say({ pages });
    } catch (error) {
      say({
        whole: error instanceof TooManyPages ? `${error.message}, more than ${most}` : 'it cannot be read as a PDF',
      });
    }
  })();
});
process.once('disconnect', () => process.exit(0));
