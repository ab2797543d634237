locals {
  trust = {
    for service, actions in {
      ec2  = ["sts:AssumeRole"]
      eks  = ["sts:AssumeRole"]
      pods = ["sts:AssumeRole", "sts:TagSession"]
      } : service => jsonencode({
        Version = "2012-10-17"
        Statement = [{
          Effect    = "Allow"
          Action    = actions
          Principal = { Service = service == "pods" ? "pods.eks.amazonaws.com" : "${service}.amazonaws.com" }
        }]
    })
  }
}

resource "aws_iam_role" "main" {
  for_each = {
    cluster      = "eks"
    node         = "ec2"
    autoscaler   = "pods"
    ebs-csi      = "pods"
    external-dns = "pods"
    openedx-main = "pods"
  }
  name               = "${local.name}-${each.key}"
  assume_role_policy = local.trust[each.value]
}

resource "aws_iam_role_policy_attachment" "main" {
  for_each = {
    AmazonEKSClusterPolicy                  = "cluster"
    AmazonEC2ContainerRegistryPullOnly      = "node"
    AmazonEKSWorkerNodePolicy               = "node"
    AmazonEKS_CNI_Policy                    = "node"
    "service-role/AmazonEBSCSIDriverPolicy" = "ebs-csi"
  }
  role       = aws_iam_role.main[each.value].name
  policy_arn = "arn:aws:iam::aws:policy/${each.key}"
}

resource "aws_iam_role_policy" "autoscaler" {
  name = "permissions"
  role = aws_iam_role.main["autoscaler"].id
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect = "Allow"
      Action = [
        "autoscaling:DescribeAutoScalingGroups",
        "autoscaling:DescribeAutoScalingInstances",
        "autoscaling:DescribeLaunchConfigurations",
        "autoscaling:DescribeScalingActivities",
        "autoscaling:DescribeTags",
        "ec2:DescribeImages",
        "ec2:DescribeInstanceTypes",
        "ec2:DescribeLaunchTemplateVersions",
        "ec2:GetInstanceTypesFromInstanceRequirements",
        "eks:DescribeNodegroup",
      ]
      Resource = "*"
      }, {
      Effect    = "Allow"
      Action    = ["autoscaling:SetDesiredCapacity", "autoscaling:TerminateInstanceInAutoScalingGroup"]
      Resource  = "*"
      Condition = { StringEquals = { "aws:ResourceTag/k8s.io/cluster-autoscaler/${local.name}-main" = "owned" } }
    }]
  })
}

resource "aws_iam_role_policy" "external-dns" {
  name = "permissions"
  role = aws_iam_role.main["external-dns"].id
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect   = "Allow"
      Action   = "route53:ChangeResourceRecordSets"
      Resource = "arn:aws:route53:::hostedzone/*"
      }, {
      Effect   = "Allow"
      Action   = ["route53:ListHostedZones", "route53:ListResourceRecordSets", "route53:ListTagsForResources"]
      Resource = "*"
    }]
  })
}

resource "aws_iam_role_policy" "storage" {
  name = "storage"
  role = aws_iam_role.main["openedx-main"].id
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect   = "Allow"
      Action   = ["s3:GetBucketLocation", "s3:ListBucket"]
      Resource = aws_s3_bucket.main["main-media"].arn
      }, {
      Effect   = "Allow"
      Action   = ["s3:AbortMultipartUpload", "s3:DeleteObject", "s3:GetObject", "s3:PutObject"]
      Resource = "${aws_s3_bucket.main["main-media"].arn}/*"
      }, {
      Effect   = "Allow"
      Action   = "s3:PutObject"
      Resource = "${aws_s3_bucket.main["backups"].arn}/main/*"
    }]
  })
}

resource "aws_iam_service_linked_role" "main" {
  for_each = toset([
    "autoscaling", "eks", "eks-nodegroup", "elasticache", "elasticloadbalancing", "rds",
  ])
  aws_service_name = "${each.key}.amazonaws.com"
}
