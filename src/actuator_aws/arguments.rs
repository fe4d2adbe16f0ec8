//! Arguments, as they are written.

use clap::Parser;

use super::trouble::Trouble;

/// Scales an ECS service or an EC2 Auto Scaling group for fpt: reads one request
/// of the contract from standard input and writes the answer to standard output.
#[derive(Debug, Parser)]
#[command(
    name = "fpt-actuator-aws",
    version,
    after_help = "Example: echo '{\"v\":1,\"op\":\"observe\"}' | fpt-actuator-aws --asg shop-web"
)]
pub(super) struct Arguments {
    /// The cluster of the ECS service.
    #[arg(long, value_name = "NAME", requires = "ecs_service")]
    ecs_cluster: Option<String>,

    /// The ECS service.
    #[arg(
        long,
        value_name = "NAME",
        requires = "ecs_cluster",
        conflicts_with = "asg"
    )]
    ecs_service: Option<String>,

    /// The EC2 Auto Scaling group.
    #[arg(long, value_name = "NAME", required_unless_present = "ecs_service")]
    asg: Option<String>,

    /// Move the limits of Auto Scaling to the number that is asked for, so that
    /// no policy undoes it; `restore` puts them back.
    #[arg(long)]
    pub(super) hold: bool,

    /// The region [default: as the AWS CLI finds it].
    #[arg(long, value_name = "NAME")]
    pub(super) region: Option<String>,

    /// The profile of ~/.aws/config [default: as the AWS CLI finds it].
    #[arg(long, value_name = "NAME")]
    pub(super) aws_profile: Option<String>,

    /// Where the API is, for a simulation of it [default: the API of the region,
    /// or what `AWS_ENDPOINT_URL` says].
    #[arg(long, value_name = "URL")]
    pub(super) endpoint_url: Option<String>,
}

/// What is scaled.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind<'a> {
    /// A service of ECS.
    Ecs { cluster: &'a str, service: &'a str },
    /// A group of EC2 Auto Scaling.
    Asg { name: &'a str },
}

impl Arguments {
    /// What is scaled.
    pub(super) fn fleet(&self) -> Result<Kind<'_>, Trouble> {
        match (&self.ecs_cluster, &self.ecs_service, &self.asg) {
            (Some(cluster), Some(service), None) => Ok(Kind::Ecs { cluster, service }),
            (None, None, Some(name)) => Ok(Kind::Asg { name }),
            _ => Err(Trouble::new(
                "name either --ecs-cluster and --ecs-service, or --asg",
            )),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_fleet_is_named() {
        let parse = |line: &str| {
            let words = std::iter::once("x").chain(line.split_whitespace());
            Arguments::try_parse_from(words)
        };
        let ecs = parse("--ecs-cluster a --ecs-service b --hold").unwrap();
        assert!(ecs.hold);
        let kind = Kind::Ecs {
            cluster: "a",
            service: "b",
        };
        assert_eq!(ecs.fleet().unwrap(), kind);
        let asg = parse("--asg a").unwrap();
        assert_eq!(asg.fleet().unwrap(), Kind::Asg { name: "a" });
        for wrong in [
            "",
            "--ecs-cluster a",
            "--ecs-service b",
            "--ecs-cluster a --ecs-service b --asg c",
        ] {
            assert!(parse(wrong).is_err(), "{wrong}");
        }
    }
}
