resource "aws_security_group" "main" {
  for_each = {
    alb   = "Load balancer"
    mysql = "MySQL"
    nodes = "Kubernetes nodes"
    redis = "Valkey or Redis"
  }
  name        = "${local.name}-${each.key}"
  description = each.value
  vpc_id      = aws_vpc.main.id

  # The provider takes away the rule that AWS makes, unless it is written down.
  egress {
    from_port   = 0
    to_port     = 0
    protocol    = "-1"
    cidr_blocks = ["0.0.0.0/0"]
  }
}

resource "aws_vpc_security_group_ingress_rule" "world" {
  for_each          = { http = 80, https = 443 }
  security_group_id = aws_security_group.main["alb"].id
  description       = "from the world"
  cidr_ipv4         = "0.0.0.0/0"
  ip_protocol       = "tcp"
  from_port         = each.value
  to_port           = each.value
}

resource "aws_vpc_security_group_ingress_rule" "inside" {
  for_each = {
    mysql-nodes = { to = "mysql", from = "nodes", port = 3306 }
    redis-nodes = { to = "redis", from = "nodes", port = 6379 }
    nodes-alb   = { to = "nodes", from = "alb", port = 30080 }
  }
  security_group_id            = aws_security_group.main[each.value.to].id
  referenced_security_group_id = aws_security_group.main[each.value.from].id
  ip_protocol                  = "tcp"
  from_port                    = each.value.port
  to_port                      = each.value.port
}

resource "aws_vpc_security_group_ingress_rule" "nodes-self" {
  security_group_id            = aws_security_group.main["nodes"].id
  referenced_security_group_id = aws_security_group.main["nodes"].id
  description                  = "among nodes"
  ip_protocol                  = "-1"
}
