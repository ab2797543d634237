//! Objects, snapshots, shared files.

use crate::cost::goods;
use crate::cost::line::Amount;
use crate::cost::sheet::Sheet;

/// A bucket of one storage class.
#[derive(Debug, Clone)]
pub struct Bucket<'a> {
    /// In the book's words: `standard`, `standard-ia` …
    pub class: &'a str,
    pub gb: Amount,
    /// Thousands of PUT, COPY, POST, LIST.
    pub writes: Amount,
    /// Thousands of GET and all others.
    pub reads: Amount,
}

pub fn bucket(sheet: &mut Sheet<'_>, bucket: &Bucket<'_>) {
    bucket_storage(sheet, bucket.class, bucket.gb.clone());
    sheet.line("S3 writes and lists", goods::bucket_requests("write"), bucket.writes.clone());
    sheet.line("S3 reads", goods::bucket_requests("read"), bucket.reads.clone());
}

/// Objects alone.
pub fn bucket_storage(sheet: &mut Sheet<'_>, class: &str, gb: Amount) {
    sheet.line(&format!("S3 storage, {class}"), goods::bucket_storage(class), gb);
}

pub fn snapshot(sheet: &mut Sheet<'_>, gb: Amount) {
    sheet.line("EBS snapshot", goods::snapshot(), gb);
}

/// Recovery points of volumes in a backup vault.
pub fn vault_snapshots(sheet: &mut Sheet<'_>, gb: Amount) {
    sheet.line("recovery points of volumes", goods::vault_snapshot(), gb);
}

/// `class`: `standard`, `standard-ia`, `one-zone`.
pub fn files(sheet: &mut Sheet<'_>, class: &str, gb: Amount) {
    sheet.line(&format!("EFS storage, {class}"), goods::files(class), gb);
}
