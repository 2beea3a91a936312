-- A run of a long life asks which of its facts are not settled.
create index delivery_fact on delivery (consignment, fact);
