# What `benches/compare.toml` makes, for Terraform: one root, as fast as a careful author writes it.

terraform {
  required_providers {
    aws = {
      source  = "hashicorp/aws"
      version = "5.100.0"
    }
  }
}

# The endpoint, the keys and the region come from the environment (AWS_ENDPOINT_URL and so on).
provider "aws" {
  s3_use_path_style       = true
  skip_metadata_api_check = true

  default_tags {
    tags = { stack = local.name }
  }
}

locals {
  name  = "edxaws-compare"
  host  = "edx.compare.test"
  zones = { a = "us-east-1a", b = "us-east-1b", c = "us-east-1c" }
}

data "aws_caller_identity" "me" {}
