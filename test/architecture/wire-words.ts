/**
 * Words of either wire that code of the connectors may name outside its tables (`connectors/*\/config.ts`), each with where it comes
 * from: a published source, or the assumption of the register that it is of. What a tenant or an account may call otherwise belongs into
 * the tables, and so into a setting.
 *
 * Looked at are literals that look like a code or the name of an element: `PICKUP`, `TrackingID`, `dc_syscon`, `/v1/...`. Regular
 * expressions of Palletways' sentences are not; they are PW25's and stand together in `read-answers.ts`.
 */
import { tokensOf } from './imports.ts';
import type { Files } from './rules.ts';

export interface WordSource {
  /** The published source; or the id of the assumption that the word is of; or `ours`, where it is no word of the wire. */
  readonly from: string | number;
  readonly words: readonly string[];
}

const list = (words: string) => words.trim().split(/\s+/);

/** Names that are no words of a wire. */
const code: readonly WordSource[] = [
  { from: 'ours: HTTP', words: ['GET', 'POST'] },
  { from: 'ours: a zone', words: ['UTC'] },
  {
    from: 'ours: errors of Node and undici',
    words: list(`
      CERT_HAS_EXPIRED DEPTH_ZERO_SELF_SIGNED_CERT EADDRNOTAVAIL EAI_AGAIN ECONNREFUSED EHOSTUNREACH ENETUNREACH ENOTFOUND
      ERR_TLS_CERT_ALTNAME_INVALID SELF_SIGNED_CERT_IN_CHAIN UNABLE_TO_GET_ISSUER_CERT_LOCALLY UNABLE_TO_VERIFY_LEAF_SIGNATURE
      UND_ERR_BODY_TIMEOUT UND_ERR_CONNECT_TIMEOUT UND_ERR_HEADERS_TIMEOUT DocumentError`),
  },
];

export const wireWords: Readonly<Record<string, readonly WordSource[]>> = {
  palletways: [
    ...code,
    { from: 'ours: the name of the counterpart', words: ['Palletways'] },
    { from: 'PW25 1.5: what an empty list is in its JSON', words: ['Array'] },
    {
      from: 'PW25 1.5, answers',
      words: list(
        'Response Status Code Description Count Detail Data Error ValidationErrors Index ERROR OK NO_RESULTS_FOUND Version',
      ),
    },
    {
      from: 'PW25 1.4 and 1.6, a consignment',
      words: list(`
        Manifest Date Time Depot Number Account Consignment Type Lifts Weight HandBall TailLift Service Surcharge BillUnit Amount Address
        ContactName CompanyName Line Addr Addr1 Town County PostCode Country Telephone Pallet Barcode TrackingID C D
        Reference CollectionReference Classification ADRGoods LimitedQuantityGoods ManifestNote CollectionDate DeliveryDate DueDate
        DeliveryTime DueTime CollectionDepot BookInRequest BookedIn BookInContactName BookInContactPhone BookInReference
        BookInInstructions BookInContactNote BookInNotes CollectionContactName CollectionContactNumber DeliveryAddressContactName
        DeliveryAddressContactNumber CashPayment Method CollectFrom FreeText Return NotificationSet SMSNumber Email Insurance Product
        Quantity`),
    },
    { from: 'PW25 1.7, a note', words: list('ConNo BookInDate BookInTime StatusCode SysNote') },
    { from: 'PW25 1.8, raw names', words: list('c_account c_carcon dc_syscon for_DepotNumber') },
    { from: 'PW25, createSystemNote', words: list('create_date create_time orig_filename notes_qty') },
    { from: 28, words: list('StatusDescription DeliveryDepot EntryDate EntryTime') },
    { from: 104, words: list('Notification Event') },
    { from: 77, words: ['ResponseID'] },
    { from: 78, words: list('DepotName DepotNumber UserName') },
  ],
  qargo: [
    ...code,
    { from: 'ours: labels in texts for planners', words: list('Address Consignee Shipper Handball Date') },
    { from: 'ours: reasons (domain/policy/reason.ts)', words: ['OTHER'] },
    { from: 'PW25 1.4, types of consignment', words: ['C', 'D'] },
    { from: 36, words: list('UK GB') },
    { from: 'QG UploadStatus', words: list('DUPLICATE ERROR IN_PROGRESS READY_TO_UPSERT SKIPPED UPSERT_IN_PROGRESS') },
    {
      from: 'QG StopStatus',
      words: list('AT_STOP BLOCKED CANCELLED COMPLETED DISPATCHED IGNORED PLANNED ROUTE_TO_STOP TEMPLATE TODO TO_PLAN'),
    },
    { from: 'QG VisibilityOrderStatus', words: ['REJECTED'] },
    { from: 'QG StopType', words: list('PICKUP DELIVERY CUSTOM') },
    { from: 'QG, operations of an update', words: list('CREATE UPDATE DELETE CANCEL') },
    {
      from: 'QG, updates of a visibility message',
      words: list('Document Eta HandlingUnit Order Resource Stop Trip STATUS'),
    },
    { from: 'QG ResourceType', words: list('DRIVER RIGID TRACTOR VAN TRAILER FULL_TRAILER CONTAINER CHASSIS') },
    { from: 'QG SignatureType', words: ['CONSIGNOR'] },
    { from: 'QG AdrType', words: list('ADR LIMITED_QUANTITY') },
    { from: 'QG, source of a barcode', words: list('PALLETWAYS EXTERNAL') },
    { from: 'QG, errors of a webhook', words: list('NOT_SUPPORTED USER_INPUT_ERROR') },
    {
      from: 'QG, properties',
      words: list(`
        customer_reference_number delivery_stop first_pickup_stop last_delivery_stop pickup_stop planning_instructions`),
    },
    {
      from: 'QG, paths',
      words: list(`
        /v1/auth/token /v1/documents/document//download?direct=true /v1/orders/order/ /v1/orders/order//charges
        /v1/orders/order//documents /v1/orders/order//status /v1/orders/order/upload /v1/orders/order/upload/ /v1/trips/trip/
        /v1/webhook/document-import? /v1/webhook/partial-order-update /v1/webhook/subco-status-update
        /v1/companies/company /v1/documents/document/{id}/download?direct=true /v1/orders/order/{id} /v1/orders/order/{id}/charges
        /v1/orders/order/{id}/documents /v1/orders/order/{id}/export /v1/orders/order/{id}/status /v1/trips/trip/{id}`),
    },
  ],
};

const looksLikeOne = /^(?:[A-Z][A-Za-z0-9]*(?:[_-][A-Z0-9]+)*|[a-z]+(?:_\w+)+|\/v1\/.*)$/;

/** Words of the wire in a connector's code outside its tables, with a file that has each. */
export function wordsInCode(files: Files, connector: string): Map<string, string> {
  const found = new Map<string, string>();
  for (const [path, text] of files) {
    if (!path.startsWith(`connectors/${connector}/`) || path.endsWith('/config.ts')) continue;
    for (const { kind, value } of tokensOf(text))
      if (kind !== 'word' && looksLikeOne.test(value) && !found.has(value)) found.set(value, path);
  }
  return found;
}

/** Words in code that no source is named for: `file: word`. */
export function wordsWithoutSource(files: Files, connector: string): string[] {
  const known = new Set((wireWords[connector] ?? []).flatMap(({ words }) => words));
  return [...wordsInCode(files, connector)].flatMap(([word, path]) => (known.has(word) ? [] : [`${path}: ${word}`]));
}
