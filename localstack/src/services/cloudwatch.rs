//! CloudWatch: metric alarms, which never ring here. It answers CBOR, JSON and query clients.

use serde_json::{Map, Value, json};

use super::{Operation, Service, done};
use crate::call::{Answer, Call, tag_list};
use crate::error::AwsError;
use crate::protocol::{Lists, Protocol};
use crate::rules::Codes;
use crate::rules::rows::rest_codes;
use crate::world::Thing;

pub const SERVICE: Service = Service {
    name: "cloudwatch",
    signing: "monitoring",
    protocol: Protocol::Cbor,
    lists: Lists::Member,
    operations: &[OPERATIONS],
    codes: &[CODES],
    ..Service::EMPTY
};

const CODES: Codes = rest_codes("alarm", "ResourceNotFound", "InvalidParameterValue");

const OPERATIONS: &[(&str, Operation)] = &[
    ("PutMetricAlarm", put),
    ("DescribeAlarms", describe),
    ("DeleteAlarms", delete),
    ("SetAlarmState", set_state),
    ("EnableAlarmActions", |call| switch(call, true)),
    ("DisableAlarmActions", |call| switch(call, false)),
    ("ListTagsForResource", list_tags),
    ("TagResource", tag),
    ("UntagResource", untag),
];

/// Lists as the client's protocol spells them: the query protocol wraps each in `member`.
fn shown(call: &Call<'_>, value: Value) -> Value {
    if call.request.body.starts_with(b"Action=") { wrapped(value) } else { value }
}

fn wrapped(value: Value) -> Value {
    match value {
        Value::Array(items) => {
            json!({"member": items.into_iter().map(wrapped).collect::<Vec<_>>()})
        }
        Value::Object(map) => map.into_iter().map(|(key, value)| (key, wrapped(value))).collect(),
        other => other,
    }
}

fn invalid(why: impl Into<String>) -> AwsError {
    AwsError::bad("InvalidParameterValue", why)
}

fn float(call: &Call<'_>, name: &str) -> Option<f64> {
    match call.value(name)? {
        Value::Number(number) => number.as_f64(),
        Value::String(text) => text.parse().ok(),
        _ => None,
    }
}

const COMPARISONS: &[&str] = &[
    "GreaterThanOrEqualToThreshold",
    "GreaterThanThreshold",
    "LessThanThreshold",
    "LessThanOrEqualToThreshold",
];
const STATISTICS: &[&str] = &["SampleCount", "Average", "Sum", "Minimum", "Maximum"];
const MISSING_DATA: &[&str] = &["breaching", "notBreaching", "ignore", "missing"];
const UNKNOWN: &[&str] =
    &["Metrics", "ThresholdMetricId", "Unit", "EvaluateLowSampleCountPercentile"];

/// Makes the alarm, or overwrites it and leaves its tags alone, whoever made it.
fn put(call: &mut Call<'_>) -> Answer {
    if let Some(name) = UNKNOWN.iter().find(|name| call.value(name).is_some()) {
        return Err(AwsError::unimplemented(format!("PutMetricAlarm with {name}")));
    }
    let name = call.required("AlarmName")?;
    let attrs = alarm(call, &name)?;
    let (arn, tags) = (call.arn("cloudwatch", &format!("alarm:{name}")), call.tags("Tags"));
    if call.world.get(&arn).is_some() {
        let there = call.world.expect_mut("alarm", &arn)?;
        let state = there.attrs.get("StateValue").cloned();
        there.attrs = attrs;
        state.into_iter().for_each(|state| there.set("StateValue", state));
        return done();
    }
    let mut alarm = Thing::new("alarm", &arn).tagged(tags);
    alarm.attrs = attrs;
    call.create(alarm)?;
    done()
}

/// The alarm as it will be shown, checked.
fn alarm(call: &Call<'_>, name: &str) -> Result<Map<String, Value>, AwsError> {
    let comparison = one_of(call, "ComparisonOperator", COMPARISONS)?
        .ok_or_else(missing("ComparisonOperator"))?;
    let periods = call.number("EvaluationPeriods").ok_or_else(missing("EvaluationPeriods"))?;
    let period = call.number("Period").ok_or_else(missing("Period"))?;
    if !(matches!(period, 10 | 20 | 30) || (period >= 60 && period % 60 == 0)) || periods < 1 {
        return Err(invalid("Period must be 10, 20, 30 or a multiple of 60"));
    }
    if period * periods > 7 * 86_400 {
        return Err(invalid("Metrics cannot be checked across more than a week"));
    }
    let mut all = Map::new();
    let mut set = |key: &str, value: Value| all.insert(key.to_owned(), value);
    set("AlarmName", name.into());
    set("AlarmArn", call.arn("cloudwatch", &format!("alarm:{name}")).into());
    set("ActionsEnabled", call.flag("ActionsEnabled").unwrap_or(true).into());
    set("StateValue", "INSUFFICIENT_DATA".into());
    set("StateReason", "Unchecked: Initial alarm creation".into());
    set("ComparisonOperator", comparison.into());
    set("Period", period.into());
    set("EvaluationPeriods", periods.into());
    set("Threshold", float(call, "Threshold").ok_or_else(missing("Threshold"))?.into());
    for key in ["MetricName", "Namespace"] {
        set(key, call.required(key)?.into());
    }
    match (one_of(call, "Statistic", STATISTICS)?, call.text("ExtendedStatistic")) {
        (Some(plain), None) => set("Statistic", plain.into()),
        (None, Some(percentile)) if percentile.starts_with('p') => {
            set("ExtendedStatistic", percentile.into())
        }
        _ => return Err(invalid("Exactly one of Statistic and ExtendedStatistic must be given")),
    };
    if let Some(number) = call.number("DatapointsToAlarm") {
        set("DatapointsToAlarm", number.into());
    }
    if let Some(text) = call.text("AlarmDescription") {
        set("AlarmDescription", text.into());
    }
    if let Some(text) = one_of(call, "TreatMissingData", MISSING_DATA)? {
        set("TreatMissingData", text.into());
    }
    for key in ["AlarmActions", "OKActions", "InsufficientDataActions"] {
        set(key, actions(call, key)?.into());
    }
    set("Dimensions", dimensions(call)?.into());
    Ok(all)
}

fn missing(name: &'static str) -> impl Fn() -> AwsError {
    move || AwsError::bad("ValidationError", format!("{name} must be given"))
}

fn one_of(call: &Call<'_>, name: &str, good: &[&str]) -> Result<Option<String>, AwsError> {
    match call.text(name) {
        Some(text) if !good.contains(&text) => Err(invalid(format!("{name} cannot be `{text}`"))),
        text => Ok(text.map(str::to_owned)),
    }
}

/// An action names something that exists, as far as the local AWS knows its kind.
fn actions(call: &Call<'_>, key: &str) -> Result<Vec<String>, AwsError> {
    let all = call.texts(key);
    for arn in &all {
        if !arn.starts_with("arn:") {
            return Err(AwsError::bad("ValidationError", format!("Invalid arn syntax: {arn}")));
        }
        if arn.contains(":sns:") && call.world.get(arn).is_none() {
            return Err(invalid(format!("the topic {arn} does not exist")));
        }
    }
    Ok(all)
}

fn dimensions(call: &Call<'_>) -> Result<Vec<Value>, AwsError> {
    let all = call.list("Dimensions");
    let text = |one: &Value, name: &str| {
        one.get(name).and_then(Value::as_str).unwrap_or_default().to_owned()
    };
    let mut found = Vec::new();
    for one in &all {
        let (name, value) = (text(one, "Name"), text(one, "Value"));
        if name.is_empty() || value.is_empty() {
            return Err(AwsError::bad("ValidationError", "A dimension needs a name and a value"));
        }
        found.push(json!({"Name": name, "Value": value}));
    }
    Ok(found)
}

fn describe(call: &mut Call<'_>) -> Answer {
    for name in ["ChildrenOfAlarmName", "ParentsOfAlarmName", "ActionPrefix"] {
        if call.value(name).is_some() {
            return Err(AwsError::unimplemented(format!("DescribeAlarms with {name}")));
        }
    }
    let (names, prefix) =
        (call.texts("AlarmNames"), call.text("AlarmNamePrefix").unwrap_or_default());
    if !names.is_empty() && !prefix.is_empty() {
        return Err(AwsError::bad(
            "InvalidParameterCombination",
            "AlarmNames and AlarmNamePrefix cannot be given together",
        ));
    }
    let types = call.texts("AlarmTypes");
    let metric = types.is_empty() || types.iter().any(|one| one == "MetricAlarm");
    let state = call.text("StateValue");
    let fits = |alarm: &&Thing| {
        let name = alarm.text("AlarmName");
        metric
            && name.starts_with(prefix)
            && (names.is_empty() || names.iter().any(|one| one == name))
            && state.is_none_or(|state| alarm.text("StateValue") == state)
    };
    let found = call.here("alarm").filter(fits);
    let all = found.map(|alarm| Value::Object(alarm.attrs.clone())).collect();
    let (page, next) = call.page(all, "MaxRecords", "NextToken");
    let mut answer = json!({"MetricAlarms": page, "CompositeAlarms": []});
    if let (Some(next), Value::Object(map)) = (next, &mut answer) {
        map.insert("NextToken".to_owned(), next.into());
    }
    Ok(shown(call, answer))
}

/// All or none: one that is not there stops the whole call.
fn delete(call: &mut Call<'_>) -> Answer {
    let names = call.texts("AlarmNames");
    let arns: Vec<_> =
        names.iter().map(|name| call.arn("cloudwatch", &format!("alarm:{name}"))).collect();
    for arn in &arns {
        call.world.expect("alarm", arn)?;
    }
    for arn in &arns {
        call.world.delete("alarm", arn, call.now)?;
    }
    done()
}

fn set_state(call: &mut Call<'_>) -> Answer {
    let name = call.required("AlarmName")?;
    let (state, why) = (call.required("StateValue")?, call.required("StateReason")?);
    let arn = call.arn("cloudwatch", &format!("alarm:{name}"));
    let alarm = call.world.expect_mut("alarm", &arn)?;
    alarm.set("StateValue", state);
    alarm.set("StateReason", why);
    done()
}

fn switch(call: &mut Call<'_>, on: bool) -> Answer {
    for name in call.texts("AlarmNames") {
        let arn = call.arn("cloudwatch", &format!("alarm:{name}"));
        call.world.expect_mut("alarm", &arn)?.set("ActionsEnabled", on);
    }
    done()
}

fn tagged<'c>(call: &'c mut Call<'_>) -> Result<&'c mut Thing, AwsError> {
    let arn = call.required("ResourceARN")?;
    let alarm = call.world.things.get_mut(&arn).filter(|thing| thing.kind == "alarm");
    alarm
        .ok_or_else(|| AwsError::gone("ResourceNotFoundException", format!("{arn} does not exist")))
}

fn list_tags(call: &mut Call<'_>) -> Answer {
    let tags = tag_list(&tagged(call)?.tags, "Key", "Value");
    Ok(shown(call, json!({"Tags": tags})))
}

fn tag(call: &mut Call<'_>) -> Answer {
    let tags = call.tags("Tags");
    tagged(call)?.tags.extend(tags);
    done()
}

fn untag(call: &mut Call<'_>) -> Answer {
    let keys = call.texts("TagKeys");
    tagged(call)?.tags.retain(|key, _| !keys.contains(key));
    done()
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;

    use crate::transport::LocalAws;

    const SCOPE: &str = "AWS4-HMAC-SHA256 Credential=K/20260101/eu-west-1/monitoring/aws4_request";

    async fn ask(headers: &[(&str, &str)], body: &'static str) -> (u16, String) {
        let local = LocalAws::in_memory(1);
        let mut request = http::Request::post("http://localhost/").header("authorization", SCOPE);
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let reply = local.handle(request.body(Bytes::from_static(body.as_bytes())).unwrap()).await;
        let reply = reply.unwrap();
        (reply.status, String::from_utf8(reply.body).unwrap())
    }

    #[tokio::test]
    async fn it_answers_in_the_protocol_it_was_asked_in() {
        let form = [("content-type", "application/x-www-form-urlencoded")];
        let (status, body) = ask(&form, "Action=DescribeAlarms&Version=2010-08-01").await;
        assert_eq!(status, 200);
        assert!(body.contains("<DescribeAlarmsResult><CompositeAlarms>"), "{body}");
        let (status, body) = ask(&form, "Action=DeleteAlarms&AlarmNames.member.1=no").await;
        assert_eq!(status, 404);
        assert!(body.contains("<Code>ResourceNotFound</Code>"), "{body}");
        let json = [("x-amz-target", "GraniteServiceVersion20100801.DescribeAlarms")];
        let (status, body) = ask(&json, "{}").await;
        assert_eq!((status, body.as_str()), (200, r#"{"CompositeAlarms":[],"MetricAlarms":[]}"#));
        let json = [("x-amz-target", "GraniteServiceVersion20100801.DeleteAlarms")];
        let (status, body) = ask(&json, r#"{"AlarmNames":["no"]}"#).await;
        assert_eq!(status, 404);
        assert!(body.contains(r#""__type":"ResourceNotFound""#), "{body}");
    }
}
