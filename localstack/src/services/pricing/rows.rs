//! How the price list spells what the book has: family, usage type, unit, attributes.

/// One kind of product.
pub struct Row {
    pub service: &'static str,
    pub usage: &'static str,
    /// The book's key; `*` stands for any.
    pub key: &'static str,
    pub service_code: &'static str,
    pub family: &'static str,
    /// Behind the region's prefix.
    pub usage_type: &'static str,
    pub unit: &'static str,
    /// The book counts 10^units of AWS's units as one.
    pub units: i32,
    /// AWS's unit is so many of the book's.
    pub times: u128,
    pub place: Place,
    pub attributes: &'static [(&'static str, &'static str)],
}

/// How a product says where it is sold.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Place {
    Region,
    FromRegion,
    /// The usage type begins with the region's whole name.
    FullName,
    Global,
}

macro_rules! rows {
    ($([$service:literal, $usage:literal, $key:literal] $code:literal $family:literal
        $usage_type:literal per $unit:literal $units:literal $times:literal
        $place:ident $($name:ident = $value:literal)*;)*) => {
        pub const ROWS: &[Row] = &[$(Row {
            service: $service,
            usage: $usage,
            key: $key,
            service_code: $code,
            family: $family,
            usage_type: $usage_type,
            unit: $unit,
            units: $units,
            times: $times,
            place: Place::$place,
            attributes: &[$((stringify!($name), $value)),*],
        }),*];
    };
}

rows! {
    ["ec2", "on-demand", "*"] "AmazonEC2" "Compute Instance"
        "BoxUsage:*" per "Hrs" 0 1 Region
        instanceType = "*"
        operatingSystem = "Linux"
        tenancy = "Shared"
        capacitystatus = "Used"
        preInstalledSw = "NA"
        licenseModel = "No License required"
        operation = "RunInstances";
    ["ec2", "cpu-credits", "t3"] "AmazonEC2" "CPU Credits"
        "CPUCredits:t3" per "vCPU-Hours" 0 1 Region
        operatingSystem = "Linux";
    ["ebs", "storage", "gp2"] "AmazonEC2" "Storage"
        "EBS:VolumeUsage.gp2" per "GB-Mo" 0 1 Region
        volumeApiName = "gp2";
    ["ebs", "storage", "gp3"] "AmazonEC2" "Storage"
        "EBS:VolumeUsage.gp3" per "GB-Mo" 0 1 Region
        volumeApiName = "gp3";
    ["ebs", "storage", "io1"] "AmazonEC2" "Storage"
        "EBS:VolumeUsage.piops" per "GB-Mo" 0 1 Region
        volumeApiName = "io1";
    ["ebs", "storage", "io2"] "AmazonEC2" "Storage"
        "EBS:VolumeUsage.io2" per "GB-Mo" 0 1 Region
        volumeApiName = "io2";
    ["ebs", "storage", "sc1"] "AmazonEC2" "Storage"
        "EBS:VolumeUsage.sc1" per "GB-Mo" 0 1 Region
        volumeApiName = "sc1";
    ["ebs", "storage", "st1"] "AmazonEC2" "Storage"
        "EBS:VolumeUsage.st1" per "GB-Mo" 0 1 Region
        volumeApiName = "st1";
    ["ebs", "storage", "standard"] "AmazonEC2" "Storage"
        "EBS:VolumeUsage" per "GB-Mo" 0 1 Region
        volumeApiName = "standard";
    ["ebs", "iops", "gp3"] "AmazonEC2" "System Operation"
        "EBS:VolumeP-IOPS.gp3" per "IOPS-Mo" 0 1 Region
        volumeApiName = "gp3";
    ["ebs", "iops", "io1"] "AmazonEC2" "System Operation"
        "EBS:VolumeP-IOPS.piops" per "IOPS-Mo" 0 1 Region
        volumeApiName = "io1";
    ["ebs", "iops", "io2"] "AmazonEC2" "System Operation"
        "EBS:VolumeP-IOPS.io2" per "IOPS-Mo" 0 1 Region
        volumeApiName = "io2";
    ["ebs", "throughput", "gp3"] "AmazonEC2" "Provisioned Throughput"
        "EBS:VolumeP-Throughput.gp3" per "GiBps-mo" 0 1024 Region
        volumeApiName = "gp3";
    ["ebs", "snapshot", "standard"] "AmazonEC2" "Storage Snapshot"
        "EBS:SnapshotUsage" per "GB-Mo" 0 1 Region;
    ["nat", "hours", "gateway"] "AmazonEC2" "NAT Gateway"
        "NatGateway-Hours" per "Hrs" 0 1 Region
        operation = "NatGateway";
    ["nat", "data", "gateway"] "AmazonEC2" "NAT Gateway"
        "NatGateway-Bytes" per "GB" 0 1 Region
        operation = "NatGateway";
    ["vpc", "public-ipv4", "in-use"] "AmazonVPC" "VPC"
        "PublicIPv4:InUseAddress" per "Hrs" 0 1 Region;
    ["vpc", "public-ipv4", "idle"] "AmazonVPC" "VPC"
        "PublicIPv4:IdleAddress" per "Hrs" 0 1 Region;
    ["vpc", "interface-endpoint-hours", "az"] "AmazonVPC" "VpcEndpoint"
        "VpcEndpoint-Hours" per "Hrs" 0 1 Region
        endpointType = "PrivateLink";
    ["vpc", "interface-endpoint-data", "endpoint"] "AmazonVPC" "VpcEndpoint"
        "VpcEndpoint-Bytes" per "GB" 0 1 Region
        endpointType = "PrivateLink";
    ["eks", "cluster", "standard"] "AmazonEKS" "Compute"
        "AmazonEKS-Hours:perCluster" per "Hours" 0 1 Region;
    ["eks", "cluster", "extended-support"] "AmazonEKS" "Compute"
        "AmazonEKS-Hours:extendedSupport" per "Hours" 0 1 Region;
    ["eks", "provisioned-control-plane", "*"] "AmazonEKS" "Compute"
        "AmazonEKS-Hours:*-ProvisionedTier" per "Hours" 0 1 Region;
    ["eks", "auto-mode", "*"] "AmazonEKS" "Compute"
        "EKS-Auto:*-management-hours" per "hours" 0 1 Region;
    ["elb", "hours", "alb"] "AWSELB" "Load Balancer-Application"
        "LoadBalancerUsage" per "Hrs" 0 1 Region;
    ["elb", "lcu", "alb"] "AWSELB" "Load Balancer-Application"
        "LCUUsage" per "LCU-Hrs" 0 1 Region;
    ["elb", "hours", "nlb"] "AWSELB" "Load Balancer-Network"
        "LoadBalancerUsage" per "Hrs" 0 1 Region;
    ["elb", "lcu", "nlb"] "AWSELB" "Load Balancer-Network"
        "LCUUsage" per "LCU-Hrs" 0 1 Region;
    ["elb", "hours", "classic"] "AWSELB" "Load Balancer"
        "LoadBalancerUsage" per "Hrs" 0 1 Region;
    ["elb", "data", "classic"] "AWSELB" "Load Balancer"
        "DataProcessing-Bytes" per "GB" 0 1 Region;
    ["rds", "mysql", "*"] "AmazonRDS" "Database Instance"
        "InstanceUsage:*" per "Hrs" 0 1 Region
        instanceType = "*"
        databaseEngine = "MySQL"
        deploymentOption = "Single-AZ"
        licenseModel = "No license required";
    ["rds", "mysql-multi-az", "*"] "AmazonRDS" "Database Instance"
        "Multi-AZUsage:*" per "Hrs" 0 1 Region
        instanceType = "*"
        databaseEngine = "MySQL"
        deploymentOption = "Multi-AZ"
        licenseModel = "No license required";
    ["rds", "mariadb", "*"] "AmazonRDS" "Database Instance"
        "InstanceUsage:*" per "Hrs" 0 1 Region
        instanceType = "*"
        databaseEngine = "MariaDB"
        deploymentOption = "Single-AZ"
        licenseModel = "No license required";
    ["rds", "mariadb-multi-az", "*"] "AmazonRDS" "Database Instance"
        "Multi-AZUsage:*" per "Hrs" 0 1 Region
        instanceType = "*"
        databaseEngine = "MariaDB"
        deploymentOption = "Multi-AZ"
        licenseModel = "No license required";
    ["rds", "storage", "gp2"] "AmazonRDS" "Database Storage"
        "RDS:GP2-Storage" per "GB-Mo" 0 1 Region
        databaseEngine = "MySQL"
        deploymentOption = "Single-AZ";
    ["rds", "storage-multi-az", "gp2"] "AmazonRDS" "Database Storage"
        "RDS:Multi-AZ-GP2-Storage" per "GB-Mo" 0 1 Region
        databaseEngine = "MySQL"
        deploymentOption = "Multi-AZ";
    ["rds", "storage", "gp3"] "AmazonRDS" "Database Storage"
        "RDS:GP3-Storage" per "GB-Mo" 0 1 Region
        databaseEngine = "MySQL"
        deploymentOption = "Single-AZ";
    ["rds", "storage-multi-az", "gp3"] "AmazonRDS" "Database Storage"
        "RDS:Multi-AZ-GP3-Storage" per "GB-Mo" 0 1 Region
        databaseEngine = "MySQL"
        deploymentOption = "Multi-AZ";
    ["rds", "storage", "io1"] "AmazonRDS" "Database Storage"
        "RDS:PIOPS-Storage" per "GB-Mo" 0 1 Region
        databaseEngine = "MySQL"
        deploymentOption = "Single-AZ";
    ["rds", "storage-multi-az", "io1"] "AmazonRDS" "Database Storage"
        "RDS:Multi-AZ-PIOPS-Storage" per "GB-Mo" 0 1 Region
        databaseEngine = "MySQL"
        deploymentOption = "Multi-AZ";
    ["rds", "storage", "io2"] "AmazonRDS" "Database Storage"
        "RDS:PIOPS-Storage-IO2" per "GB-Mo" 0 1 Region
        databaseEngine = "MySQL"
        deploymentOption = "Single-AZ";
    ["rds", "storage-multi-az", "io2"] "AmazonRDS" "Database Storage"
        "RDS:Multi-AZ-PIOPS-Storage-IO2" per "GB-Mo" 0 1 Region
        databaseEngine = "MySQL"
        deploymentOption = "Multi-AZ";
    ["rds", "storage", "magnetic"] "AmazonRDS" "Database Storage"
        "RDS:StorageUsage" per "GB-Mo" 0 1 Region
        databaseEngine = "MySQL"
        deploymentOption = "Single-AZ";
    ["rds", "iops", "gp3"] "AmazonRDS" "Provisioned IOPS"
        "RDS:GP3-PIOPS" per "IOPS-Mo" 0 1 Region
        databaseEngine = "MySQL"
        deploymentOption = "Single-AZ";
    ["rds", "iops-multi-az", "gp3"] "AmazonRDS" "Provisioned IOPS"
        "RDS:Multi-AZ-GP3-PIOPS" per "IOPS-Mo" 0 1 Region
        databaseEngine = "MySQL"
        deploymentOption = "Multi-AZ";
    ["rds", "iops", "io1"] "AmazonRDS" "Provisioned IOPS"
        "RDS:PIOPS" per "IOPS-Mo" 0 1 Region
        databaseEngine = "MySQL"
        deploymentOption = "Single-AZ";
    ["rds", "iops-multi-az", "io1"] "AmazonRDS" "Provisioned IOPS"
        "RDS:Multi-AZ-PIOPS" per "IOPS-Mo" 0 1 Region
        databaseEngine = "MySQL"
        deploymentOption = "Multi-AZ";
    ["rds", "backup", "charged"] "AmazonRDS" "Storage Snapshot"
        "RDS:ChargedBackupUsage" per "GB-Mo" 0 1 Region
        databaseEngine = "MySQL";
    ["elasticache", "redis", "*"] "AmazonElastiCache" "Cache Instance"
        "NodeUsage:*" per "Hrs" 0 1 Region
        instanceType = "*"
        cacheEngine = "Redis";
    ["elasticache", "valkey", "*"] "AmazonElastiCache" "Cache Instance"
        "NodeUsage:*" per "Hrs" 0 1 Region
        instanceType = "*"
        cacheEngine = "Valkey";
    ["elasticache", "memcached", "*"] "AmazonElastiCache" "Cache Instance"
        "NodeUsage:*" per "Hrs" 0 1 Region
        instanceType = "*"
        cacheEngine = "Memcached";
    ["elasticache", "backup", "charged"] "AmazonElastiCache" "Storage Snapshot"
        "BackupUsage" per "GB-Mo" 0 1 Region;
    ["docdb", "instance", "*"] "AmazonDocDB" "Database Instance"
        "InstanceUsage:*" per "Hrs" 0 1 Region
        instanceType = "*"
        volumeType = "General Purpose";
    ["docdb", "storage", "standard"] "AmazonDocDB" "Database Storage"
        "StorageUsage" per "GB-Mo" 0 1 Region;
    ["docdb", "io", "requests"] "AmazonDocDB" "System Operation"
        "StorageIOUsage" per "IOs" 6 1 Region;
    ["docdb", "backup", "charged"] "AmazonDocDB" "Storage Snapshot"
        "BackupUsage" per "GB-Mo" 0 1 Region;
    ["docdb", "cpu-credits", "db.t3"] "AmazonDocDB" "CPU Credits"
        "CPUCredits:db.t3" per "vCPU-Hours" 0 1 Region;
    ["opensearch", "instance", "*.search"] "AmazonES" "Amazon OpenSearch Service Instance"
        "ESInstance:*" per "Hrs" 0 1 Region
        instanceType = "*.search";
    ["opensearch", "storage", "gp2"] "AmazonES" "Amazon OpenSearch Service Volume"
        "ES:GP2-Storage" per "GB-Mo" 0 1 Region
        storageMedia = "GP2";
    ["opensearch", "storage", "gp3"] "AmazonES" "Amazon OpenSearch Service Volume"
        "ES:GP3-Storage" per "GB-Mo" 0 1 Region
        storageMedia = "GP3";
    ["s3", "storage", "standard"] "AmazonS3" "Storage"
        "TimedStorage-ByteHrs" per "GB-Mo" 0 1 Region
        volumeType = "Standard";
    ["s3", "requests", "write"] "AmazonS3" "API Request"
        "Requests-Tier1" per "Requests" 3 1 Region;
    ["s3", "requests", "read"] "AmazonS3" "API Request"
        "Requests-Tier2" per "Requests" 3 1 Region;
    ["data-transfer", "internet-out", "out"] "AWSDataTransfer" "Data Transfer"
        "DataTransfer-Out-Bytes" per "GB" 0 1 FromRegion
        transferType = "AWS Outbound";
    ["data-transfer", "inter-az", "each-direction"] "AWSDataTransfer" "Data Transfer"
        "DataTransfer-Regional-Bytes" per "GB" 0 1 FromRegion
        transferType = "IntraRegion";
    ["cloudfront", "data-out", "us"] "AmazonCloudFront" "Data Transfer"
        "US-DataTransfer-Out-Bytes" per "GB" 0 1 Global
        transferType = "CloudFront Outbound";
    ["cloudfront", "data-out", "eu"] "AmazonCloudFront" "Data Transfer"
        "EU-DataTransfer-Out-Bytes" per "GB" 0 1 Global
        transferType = "CloudFront Outbound";
    ["cloudfront", "data-out", "japan"] "AmazonCloudFront" "Data Transfer"
        "JP-DataTransfer-Out-Bytes" per "GB" 0 1 Global
        transferType = "CloudFront Outbound";
    ["cloudfront", "data-out", "south-america"] "AmazonCloudFront" "Data Transfer"
        "SA-DataTransfer-Out-Bytes" per "GB" 0 1 Global
        transferType = "CloudFront Outbound";
    ["cloudfront", "requests", "us-http"] "AmazonCloudFront" "Request"
        "US-Requests-Tier1" per "Requests" 4 1 Global;
    ["cloudfront", "requests", "us-https"] "AmazonCloudFront" "Request"
        "US-Requests-Tier2-HTTPS" per "Requests" 4 1 Global;
    ["route53", "zone", "hosted"] "AmazonRoute53" "DNS Zone"
        "HostedZone" per "HostedZone" 0 1 Global;
    ["route53", "queries", "standard"] "AmazonRoute53" "DNS Query"
        "DNS-Queries" per "Queries" 6 1 Global
        routingType = "Standard";
    ["route53", "queries", "latency"] "AmazonRoute53" "DNS Query"
        "LBR-Queries" per "Queries" 6 1 Global
        routingType = "Latency Based Routing";
    ["kms", "key", "customer"] "awskms" "Encryption Key"
        "KMS-Keys" per "Keys" 0 1 FullName;
    ["kms", "requests", "symmetric"] "awskms" "API Request"
        "KMS-Requests" per "Requests" 4 1 FullName;
    ["kms", "requests", "asymmetric"] "awskms" "API Request"
        "KMS-Requests-Asymmetric" per "Requests" 4 1 FullName;
    ["secretsmanager", "secret", "secret"] "AWSSecretsManager" "Secret"
        "AWSSecretsManager-Secrets" per "Secrets" 0 1 Region;
    ["secretsmanager", "requests", "api"] "AWSSecretsManager" "API Request"
        "AWSSecretsManagerAPIRequest" per "API Requests" 4 1 Region;
    ["cloudwatch", "logs-ingested", "standard"] "AmazonCloudWatch" "Data Payload"
        "DataProcessing-Bytes" per "GB" 0 1 Region;
    ["cloudwatch", "logs-stored", "standard"] "AmazonCloudWatch" "Storage Snapshot"
        "TimedStorage-ByteHrs" per "GB-Mo" 0 1 Region;
    ["cloudwatch", "metrics", "custom"] "AmazonCloudWatch" "Metric"
        "CW:MetricMonitorUsage" per "Metrics" 0 1 Region;
    ["cloudwatch", "alarms", "standard"] "AmazonCloudWatch" "Alarm"
        "CW:AlarmMonitorUsage" per "Alarms" 0 1 Region;
    ["ecr", "storage", "private"] "AmazonECR" "EC2 Container Registry"
        "TimedStorage-ByteHrs" per "GB-Mo" 0 1 Region;
    ["efs", "storage", "standard"] "AmazonEFS" "Storage"
        "TimedStorage-ByteHrs" per "GB-Mo" 0 1 Region
        storageClass = "General Purpose";
    ["ses", "sending", "email"] "AmazonSES" "Sending Email"
        "Recipients" per "Count" 3 1 Region;
    ["waf", "web-acl", "web-acl"] "awswaf" "Web Application Firewall"
        "WebACLV2" per "Month" 0 1 Region;
    ["waf", "rule", "rule"] "awswaf" "Web Application Firewall"
        "RuleV2" per "Month" 0 1 Region;
    ["waf", "requests", "inspected"] "awswaf" "Web Application Firewall"
        "RequestV2-Tier1" per "Request" 6 1 Region;
}
