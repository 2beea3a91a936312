/** What Palletways says went wrong, told to the planners at Qargo: a document on the order, since Qargo takes no incident from outside. */

import { instantToLocal } from '../../connectors/palletways/local-time.ts';
import { loadContent } from '../../store/record/contents.ts';
import { paperCall, paperReference, waitForOrder } from '../sending/import-once.ts';
import { factFor, waitedOf } from '../sending/work.ts';

export const noticePaper = paperCall({
  clientOf: (work) => work.services.counterparts.qargo(work.organisation, 'milestone', work.signal, waitedOf(work)),
  withoutOrder: waitForOrder,
  message: async (work, item) => {
    const fact = await factFor(work, item, 'exception');
    const said =
      fact.content === undefined ? null : await loadContent(work.services.installation.db, 'exception', fact.content);
    if (said === null) return { none: { code: 'erased' }, state: 'erased' };
    const { zone } = work.organisation.palletways;
    const ref = paperReference(work, item);
    const { date, time } = instantToLocal(fact.at, zone);
    const lines = [`Palletways says: ${said.name} (${fact.code})`, `${date} ${time} ${zone}`, said.description];
    const [name, document] = [`Palletways: ${said.name} ${ref}`, `${lines.join('\n')}\n`];
    const type = work.services.counterparts.accessOf(work.organisation).qargo.noticeType;
    const paper = { filename: `palletways-${ref}.txt`, type, name, contentType: 'text/plain' };
    return { show: { name, document }, paper, bytes: Buffer.from(document, 'utf8') };
  },
});
