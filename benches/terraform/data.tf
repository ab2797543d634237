resource "aws_db_subnet_group" "mysql" {
  name        = "${local.name}-mysql"
  description = "Data subnets of stack compare"
  subnet_ids  = values(aws_subnet.data)[*].id
}

resource "aws_db_parameter_group" "mysql" {
  name        = "${local.name}-mysql-8-4"
  description = "MySQL 8.4 of stack compare"
  family      = "mysql8.4"

  dynamic "parameter" {
    for_each = {
      character_set_server            = "utf8mb4"
      collation_server                = "utf8mb4_unicode_ci"
      log_bin_trust_function_creators = "1"
      require_secure_transport        = "ON"
    }
    content {
      name  = parameter.key
      value = parameter.value
    }
  }
}

resource "aws_db_instance" "mysql" {
  identifier                            = "${local.name}-mysql"
  engine                                = "mysql"
  engine_version                        = "8.4"
  engine_lifecycle_support              = "open-source-rds-extended-support-disabled"
  instance_class                        = "db.m7g.large"
  storage_type                          = "gp3"
  storage_encrypted                     = true
  allocated_storage                     = 100
  max_allocated_storage                 = 500
  multi_az                              = true
  backup_retention_period               = 14
  performance_insights_enabled          = true
  performance_insights_retention_period = 7
  username                              = "edxaws"
  manage_master_user_password           = true
  db_subnet_group_name                  = aws_db_subnet_group.mysql.name
  parameter_group_name                  = aws_db_parameter_group.mysql.name
  vpc_security_group_ids                = [aws_security_group.main["mysql"].id]
  copy_tags_to_snapshot                 = true
  skip_final_snapshot                   = true
  depends_on                            = [aws_iam_service_linked_role.main["rds"]]
}

resource "aws_elasticache_subnet_group" "main" {
  name        = "${local.name}-cache"
  description = "Data subnets of stack compare"
  subnet_ids  = values(aws_subnet.data)[*].id
}

resource "aws_elasticache_parameter_group" "main" {
  name        = "${local.name}-valkey8"
  description = "Cache of stack compare"
  family      = "valkey8"

  parameter {
    name  = "maxmemory-policy"
    value = "volatile-lru"
  }
}

resource "aws_elasticache_replication_group" "main" {
  replication_group_id       = "${local.name}-cache"
  description                = "Cache and queues of stack compare"
  engine                     = "valkey"
  engine_version             = "8.0"
  node_type                  = "cache.t4g.medium"
  num_cache_clusters         = 2
  automatic_failover_enabled = true
  multi_az_enabled           = true
  transit_encryption_enabled = true
  at_rest_encryption_enabled = true
  auth_token                 = local.password
  subnet_group_name          = aws_elasticache_subnet_group.main.name
  parameter_group_name       = aws_elasticache_parameter_group.main.name
  security_group_ids         = [aws_security_group.main["redis"].id]
  depends_on                 = [aws_iam_service_linked_role.main["elasticache"]]
}

# edxaws draws its secrets; Terraform would need a second provider for that, so here they are plain.
locals {
  password = "NoSecretButLongEnoughForAnybodyWhoOnlyMeasures00"
}

resource "aws_secretsmanager_secret" "main" {
  for_each = {
    cache-auth   = "Token of the cache of stack compare"
    mongodb      = "MongoDB in the cluster of stack compare"
    openedx-main = "Open edX site main of stack compare"
  }
  name                    = "${local.name}-${each.key}"
  description             = each.value
  recovery_window_in_days = 0
}

resource "aws_secretsmanager_secret_version" "main" {
  for_each      = aws_secretsmanager_secret.main
  secret_id     = each.value.id
  secret_string = jsonencode({ password = local.password })
}

resource "aws_s3_bucket" "main" {
  for_each      = toset(["backups", "main-media"])
  bucket        = "${local.name}-${each.key}-${data.aws_caller_identity.me.account_id}"
  force_destroy = true
}

resource "aws_s3_bucket_public_access_block" "main" {
  for_each                = aws_s3_bucket.main
  bucket                  = each.value.id
  block_public_acls       = true
  block_public_policy     = true
  ignore_public_acls      = true
  restrict_public_buckets = true
}

resource "aws_s3_bucket_versioning" "main" {
  for_each = aws_s3_bucket.main
  bucket   = each.value.id

  versioning_configuration {
    status = "Enabled"
  }
}

resource "aws_s3_bucket_lifecycle_configuration" "main" {
  for_each = aws_s3_bucket.main
  bucket   = each.value.id

  rule {
    id     = "uploads"
    status = "Enabled"
    filter {}
    abort_incomplete_multipart_upload {
      days_after_initiation = 7
    }
  }
  depends_on = [aws_s3_bucket_versioning.main]
}

resource "aws_s3_bucket_cors_configuration" "media" {
  bucket = aws_s3_bucket.main["main-media"].id

  cors_rule {
    allowed_methods = ["GET", "HEAD"]
    allowed_origins = ["https://apps.${local.host}", "https://${local.host}", "https://studio.${local.host}"]
  }
}

resource "aws_s3_bucket_policy" "main" {
  for_each = aws_s3_bucket.main
  bucket   = each.value.id
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect    = "Deny"
      Principal = "*"
      Action    = "s3:*"
      Resource  = [each.value.arn, "${each.value.arn}/*"]
      Condition = { Bool = { "aws:SecureTransport" = "false" } }
    }]
  })
  depends_on = [aws_s3_bucket_public_access_block.main]
}
