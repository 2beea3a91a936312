-- The audit of an organisation's scans, in the order in which they were heard.
create index fact_scan on fact (seq) where kind = 'scan';
