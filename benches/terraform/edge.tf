resource "aws_route53_zone" "main" {
  name = local.host
}

resource "aws_acm_certificate" "web" {
  domain_name               = local.host
  subject_alternative_names = ["*.${local.host}"]
  validation_method         = "DNS"
}

# Both names are validated by the same record.
resource "aws_route53_record" "certificate" {
  zone_id = aws_route53_zone.main.zone_id
  name    = tolist(aws_acm_certificate.web.domain_validation_options)[0].resource_record_name
  type    = tolist(aws_acm_certificate.web.domain_validation_options)[0].resource_record_type
  records = [tolist(aws_acm_certificate.web.domain_validation_options)[0].resource_record_value]
  ttl     = 300
}

resource "aws_acm_certificate_validation" "web" {
  certificate_arn         = aws_acm_certificate.web.arn
  validation_record_fqdns = [aws_route53_record.certificate.fqdn]
}

resource "aws_lb" "main" {
  name            = "${local.name}-web"
  security_groups = [aws_security_group.main["alb"].id]
  subnets         = values(aws_subnet.public)[*].id
  idle_timeout    = 180
  depends_on      = [aws_internet_gateway.main, aws_iam_service_linked_role.main["elasticloadbalancing"]]
}

resource "aws_lb_target_group" "web" {
  name                 = "${local.name}-web"
  vpc_id               = aws_vpc.main.id
  port                 = 30080
  protocol             = "HTTP"
  deregistration_delay = 30

  health_check {
    path    = "/"
    matcher = "200-399"
  }
}

resource "aws_lb_listener" "http" {
  load_balancer_arn = aws_lb.main.arn
  port              = 80
  protocol          = "HTTP"

  default_action {
    type = "redirect"
    redirect {
      protocol    = "HTTPS"
      port        = "443"
      status_code = "HTTP_301"
    }
  }
}

resource "aws_lb_listener" "https" {
  load_balancer_arn = aws_lb.main.arn
  port              = 443
  protocol          = "HTTPS"
  ssl_policy        = "ELBSecurityPolicy-TLS13-1-2-2021-06"
  certificate_arn   = aws_acm_certificate_validation.web.certificate_arn

  default_action {
    type             = "forward"
    target_group_arn = aws_lb_target_group.web.arn
  }
}

resource "aws_route53_record" "host" {
  for_each = toset(["", "apps.", "meilisearch.", "studio."])
  zone_id  = aws_route53_zone.main.zone_id
  name     = "${each.key}${local.host}"
  type     = "A"

  alias {
    name                   = aws_lb.main.dns_name
    zone_id                = aws_lb.main.zone_id
    evaluate_target_health = true
  }
}
