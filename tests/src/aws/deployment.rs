//! What an operator sets up in AWS, set up in the emulator: under names of its own, so that tests share one emulator.

use core::sync::atomic::{AtomicU32, Ordering};

use lacre_core::exchange::record::{Kind, Record};
use serde_json::{Value, json};

use super::pki::{ISPB, Pki, VALID};
use super::{Aws, KmsKey, Ministack};

/// The region that everything is in.
pub const REGION: &str = "sa-east-1";

/// How Firehose writes the records.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(clippy::exhaustive_enums, reason = "converted, or not")]
pub enum Delivery {
    /// As Parquet by the Glue table, as in production. The emulator takes some twenty milliseconds for each record.
    Parquet,
    /// As they came, for tests with many records.
    Json,
}

/// Key, parameters, secret, bucket, tables and streams of both channels.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Deployment {
    /// Where it is.
    pub aws: Aws,
    /// The certificates around it.
    pub pki: &'static Pki,
    /// Where its parameters and its secret are.
    pub prefix: String,
    /// Its bucket.
    pub bucket: String,
    /// Its Glue database.
    pub database: String,
    /// The key that signs.
    pub key: KmsKey,
    /// The certificate of that key, in PEM.
    pub signing_pem: String,
    name: String,
}

impl Deployment {
    /// Sets up everything before a BACEN on these ports.
    pub async fn new(dict: u16, spi: u16, delivery: Delivery) -> Self {
        let deployment = Self::bare().await;
        deployment.point_to(dict, spi).await;
        deployment.put_parameters().await;
        deployment.create_audit(delivery).await;
        deployment
    }

    /// A key and names, and nothing under them but a bucket and a database.
    pub async fn bare() -> Self {
        static NUMBER: AtomicU32 = AtomicU32::new(0);
        let name = format!("t{}", NUMBER.fetch_add(1, Ordering::Relaxed));
        let (aws, pki) = (Ministack::shared().aws(), Pki::shared());
        let key = aws.create_key().await;
        let signing_pem = pki.signing_certificate(&key.public_key, "INSTITUICAO DE TESTE T001", ISPB, VALID);
        let deployment = Self {
            prefix: format!("/{name}/pix/"),
            bucket: format!("lacre-{name}"),
            database: format!("audit_{name}"),
            aws,
            pki,
            key,
            signing_pem,
            name,
        };
        aws.create_bucket(&deployment.bucket).await;
        aws.call("glue:CreateDatabase", &json!({"DatabaseInput": {"Name": deployment.database}})).await;
        deployment
    }

    /// What the function's environment says besides where AWS is.
    #[must_use]
    pub fn environment(&self, channel: &str) -> Vec<(String, String)> {
        [
            ("PIX_SPI_PROXY", if channel == "spi" { "true" } else { "false" }),
            ("LACRE_PARAMETER_PREFIX", &self.prefix),
            ("LACRE_BUCKET", &self.bucket),
        ]
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
        .to_vec()
    }

    /// Sets where BACEN is.
    pub async fn point_to(&self, dict: u16, spi: u16) {
        self.set("BcbDictEndpoint", &format!("localhost:{dict}")).await;
        self.set("BcbSpiEndpoint", &format!("localhost:{spi}")).await;
    }

    /// Sets one parameter.
    pub async fn set(&self, name: &str, value: &str) {
        self.aws.put_parameter(&self.parameter(name), value).await;
    }

    /// Removes one parameter.
    pub async fn unset(&self, name: &str) {
        self.aws.delete_parameter(&self.parameter(name)).await;
    }

    /// Sets the secret.
    pub async fn set_secret(&self, value: &str) {
        self.aws.put_secret(&self.parameter("MtlsPrivateKey"), value).await;
    }

    /// A parameter's whole name.
    #[must_use]
    pub fn parameter(&self, name: &str) -> String {
        format!("{}{name}", self.prefix)
    }

    /// The stream of a channel.
    #[must_use]
    pub fn stream(&self, channel: &str) -> String {
        format!("{}-{channel}", self.name)
    }

    async fn put_parameters(&self) {
        let pki = &self.pki.throwaway;
        self.set("SignatureKeyId", &self.key.id).await;
        self.set("SignatureCertificate", &self.signing_pem).await;
        self.set("MtlsCertificate", &pki.psp_channel.certificate_pem).await;
        self.set("BcbSignatureCertificate", &pki.bacen_signature.certificate_pem).await;
        self.set("BcbMtlsCertificate", &pki.ca.certificate_pem).await;
        self.set("DictAuditStream", &self.stream("dict")).await;
        self.set("SpiAuditStream", &self.stream("spi")).await;
        self.set_secret(&pki.psp_channel.key_pem).await;
    }

    async fn create_audit(&self, delivery: Delivery) {
        for channel in ["spi", "dict"] {
            self.aws.call("glue:CreateTable", &self.table(channel)).await;
            self.aws.call("firehose:CreateDeliveryStream", &self.delivery_stream(channel, delivery)).await;
        }
    }

    fn table(&self, channel: &str) -> Value {
        let columns: Vec<Value> =
            glue_columns().map(|(name, kind)| json!({"Name": name, "Type": kind})).collect();
        let partitions = ["year", "month", "day", "hour"].map(|name| json!({"Name": name, "Type": "string"}));
        let parquet = "org.apache.hadoop.hive.ql.io.parquet";
        json!({
            "DatabaseName": self.database,
            "TableInput": {
                "Name": channel,
                "TableType": "EXTERNAL_TABLE",
                "Parameters": {"classification": "parquet"},
                "PartitionKeys": partitions,
                "StorageDescriptor": {
                    "Columns": columns,
                    "Location": format!("s3://{}/log/{channel}/", self.bucket),
                    "InputFormat": format!("{parquet}.MapredParquetInputFormat"),
                    "OutputFormat": format!("{parquet}.MapredParquetOutputFormat"),
                    "SerdeInfo": {"SerializationLibrary": format!("{parquet}.serde.ParquetHiveSerDe")},
                },
            },
        })
    }

    fn delivery_stream(&self, channel: &str, delivery: Delivery) -> Value {
        let role = "arn:aws:iam::000000000000:role/delivery";
        let hour = "year=!{timestamp:yyyy}/month=!{timestamp:MM}/day=!{timestamp:dd}/hour=!{timestamp:HH}/";
        json!({
            "DeliveryStreamName": self.stream(channel),
            "DeliveryStreamType": "DirectPut",
            "ExtendedS3DestinationConfiguration": {
                "RoleARN": role,
                "BucketARN": format!("arn:aws:s3:::{}", self.bucket),
                "Prefix": format!("log/{channel}/{hour}"),
                "ErrorOutputPrefix": format!("error/{channel}/{hour}!{{firehose:error-output-type}}"),
                "DataFormatConversionConfiguration": {
                    "Enabled": delivery == Delivery::Parquet,
                    "SchemaConfiguration": {
                        "RoleARN": role,
                        "DatabaseName": self.database,
                        "TableName": channel,
                        "Region": REGION,
                    },
                    "InputFormatConfiguration": {"Deserializer": {"OpenXJsonSerDe": {}}},
                    "OutputFormatConfiguration": {"Serializer": {"ParquetSerDe": {}}},
                },
            },
        })
    }
}

/// The columns of the Glue tables, made of the one schema that there is.
pub fn glue_columns() -> impl Iterator<Item = (&'static str, &'static str)> {
    Record::COLUMNS.into_iter().map(|(name, kind)| {
        let glue = match kind {
            Kind::Text => "string",
            // A status has three digits; the seed's table has `int` there.
            _ if name.ends_with("_status_code") => "int",
            _ => "bigint",
        };
        (name, glue)
    })
}
