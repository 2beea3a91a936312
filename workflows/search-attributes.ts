/** Search attributes of a consignment's workflow. Not encrypted: ids and codes only, no personal data. */
import { defineSearchAttributeKey, SearchAttributeType } from '@temporalio/common';

export const searchAttributes = {
  organisation: defineSearchAttributeKey('PqOrganisation', SearchAttributeType.KEYWORD),
  reference: defineSearchAttributeKey('PqReference', SearchAttributeType.KEYWORD_LIST),
  service: defineSearchAttributeKey('PqService', SearchAttributeType.KEYWORD),
  stage: defineSearchAttributeKey('PqStage', SearchAttributeType.KEYWORD),
  attention: defineSearchAttributeKey('PqNeedsAttention', SearchAttributeType.BOOL),
};
