// Every bound on what is read. They are stated on the page.

const MIB = 1 << 20;

/** One message, unpacked. The core refuses messages above 128 MiB itself. */
export const MESSAGE_BYTES_MAX = 128 * MIB;
/** All that one packed file may unpack to. */
export const UNPACKED_BYTES_MAX = 16 * 1024 * MIB;
/** What is held at once of a Parquet file: its row groups are read one by one. */
export const ROW_GROUP_BYTES_MAX = 1024 * MIB;
/** One record: a line of NDJSON, or a row of a Parquet file as text. As the command has it. */
export const RECORD_BYTES_MAX = 64 * MIB;
/** The text of all rows of a Parquet file: so much of any, and so much more for each of its own bytes. */
export const PARQUET_TEXT_BYTES_FREE = 1024 * MIB;
export const PARQUET_TEXT_BYTES_PER_BYTE = 1000;
/** A Parquet file inside a zip or gzip is unpacked before it can be read. */
export const PACKED_PARQUET_BYTES_MAX = 512 * MIB;
/** The directory of a zip. */
export const ZIP_DIRECTORY_BYTES_MAX = 256 * MIB;
/** A file of certificates, and one of revocation lists, as the command has them. */
export const TRUST_BYTES_MAX = 16 * MIB;
export const LIST_BYTES_MAX = 64 * MIB;
/** All files of certificates and lists together: each worker reads them. */
export const TRUST_BYTES_TOTAL_MAX = 128 * MIB;
/** Rows of the table. More than this is work for `lacre audit verify` or Spark. */
export const ROWS_MAX = 400_000;
