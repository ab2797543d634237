resource "aws_cloudwatch_log_group" "eks" {
  name              = "/aws/eks/${local.name}-main/cluster"
  retention_in_days = 30
}

resource "aws_eks_cluster" "main" {
  name                          = "${local.name}-main"
  version                       = "1.34"
  role_arn                      = aws_iam_role.main["cluster"].arn
  bootstrap_self_managed_addons = false
  enabled_cluster_log_types     = ["api", "audit", "authenticator"]

  vpc_config {
    subnet_ids              = values(aws_subnet.private)[*].id
    security_group_ids      = [aws_security_group.main["nodes"].id]
    endpoint_private_access = true
    endpoint_public_access  = true
    public_access_cidrs     = ["203.0.113.0/24"]
  }

  access_config {
    authentication_mode                         = "API"
    bootstrap_cluster_creator_admin_permissions = false
  }

  upgrade_policy {
    support_type = "STANDARD"
  }

  depends_on = [
    aws_cloudwatch_log_group.eks,
    aws_iam_role_policy_attachment.main["AmazonEKSClusterPolicy"],
    aws_iam_service_linked_role.main["eks"],
  ]
}

resource "aws_eks_access_entry" "me" {
  cluster_name  = aws_eks_cluster.main.name
  principal_arn = data.aws_caller_identity.me.arn
}

resource "aws_eks_access_policy_association" "me" {
  cluster_name  = aws_eks_cluster.main.name
  principal_arn = aws_eks_access_entry.me.principal_arn
  policy_arn    = "arn:aws:eks::aws:cluster-access-policy/AmazonEKSClusterAdminPolicy"

  access_scope {
    type = "cluster"
  }
}

# Before the nodes, as they need the network plugin; the others run on the nodes.
resource "aws_eks_addon" "first" {
  for_each                    = toset(["eks-pod-identity-agent", "kube-proxy", "vpc-cni"])
  cluster_name                = aws_eks_cluster.main.name
  addon_name                  = each.key
  resolve_conflicts_on_create = "OVERWRITE"
}

resource "aws_eks_addon" "later" {
  for_each                    = toset(["aws-ebs-csi-driver", "coredns", "metrics-server"])
  cluster_name                = aws_eks_cluster.main.name
  addon_name                  = each.key
  resolve_conflicts_on_create = "OVERWRITE"
  depends_on                  = [aws_eks_node_group.main, aws_eks_pod_identity_association.main]
}

resource "aws_eks_pod_identity_association" "main" {
  for_each = {
    autoscaler   = { namespace = "kube-system", account = "cluster-autoscaler" }
    ebs-csi      = { namespace = "kube-system", account = "ebs-csi-controller-sa" }
    external-dns = { namespace = "kube-system", account = "external-dns" }
    openedx-main = { namespace = "main", account = "openedx" }
  }
  cluster_name    = aws_eks_cluster.main.name
  namespace       = each.value.namespace
  service_account = each.value.account
  role_arn        = aws_iam_role.main[each.key].arn
}

resource "aws_launch_template" "nodes" {
  for_each               = { system = 50, workers = 100 }
  name                   = "${local.name}-${each.key}"
  vpc_security_group_ids = [aws_security_group.main["nodes"].id]

  block_device_mappings {
    device_name = "/dev/xvda"
    ebs {
      volume_type = "gp3"
      volume_size = each.value
      encrypted   = true
    }
  }

  metadata_options {
    http_endpoint               = "enabled"
    http_tokens                 = "required"
    http_put_response_hop_limit = 2
  }
}

resource "aws_eks_node_group" "main" {
  for_each = {
    system  = { type = "m7i.large", size = [2, 2, 4] }
    workers = { type = "m7i.xlarge", size = [3, 3, 10] }
  }
  cluster_name    = aws_eks_cluster.main.name
  node_group_name = "${local.name}-${each.key}"
  node_role_arn   = aws_iam_role.main["node"].arn
  subnet_ids      = values(aws_subnet.private)[*].id
  ami_type        = "AL2023_x86_64_STANDARD"
  capacity_type   = "ON_DEMAND"
  instance_types  = [each.value.type]

  launch_template {
    id      = aws_launch_template.nodes[each.key].id
    version = aws_launch_template.nodes[each.key].latest_version
  }

  scaling_config {
    min_size     = each.value.size[0]
    desired_size = each.value.size[1]
    max_size     = each.value.size[2]
  }

  update_config {
    max_unavailable = 1
  }

  node_repair_config {
    enabled = true
  }

  depends_on = [
    aws_eks_addon.first,
    aws_iam_role_policy_attachment.main,
    aws_iam_service_linked_role.main,
    aws_route.private,
  ]
}

resource "aws_autoscaling_attachment" "workers" {
  autoscaling_group_name = aws_eks_node_group.main["workers"].resources[0].autoscaling_groups[0].name
  lb_target_group_arn    = aws_lb_target_group.web.arn
}
