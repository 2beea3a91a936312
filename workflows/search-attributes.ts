/** Search attributes of a consignment's workflow. Not encrypted: ids and codes only, no personal data. */
import { defineSearchAttributeKey, SearchAttributeType } from '@temporalio/common';
import type { Plan } from '../domain/obligations/plan.ts';

export const searchAttributes = {
  organisation: defineSearchAttributeKey('PqOrganisation', SearchAttributeType.KEYWORD),
  reference: defineSearchAttributeKey('PqReference', SearchAttributeType.KEYWORD_LIST),
  service: defineSearchAttributeKey('PqService', SearchAttributeType.KEYWORD),
  stage: defineSearchAttributeKey('PqStage', SearchAttributeType.KEYWORD),
  attention: defineSearchAttributeKey('PqNeedsAttention', SearchAttributeType.BOOL),
};

/** Characters of a value that is searched for; the server refuses the workflow's task where one is too long. */
const longest = 100;

/** What a plan makes searchable. The organisation is set at the start, and stays. */
export const searchable = ({ reference, service, stage, attention }: Plan) =>
  [
    { key: searchAttributes.reference, value: reference.map((name) => name.slice(0, longest)) },
    { key: searchAttributes.service, value: service.slice(0, longest) },
    { key: searchAttributes.stage, value: stage },
    { key: searchAttributes.attention, value: attention },
  ] as const;
