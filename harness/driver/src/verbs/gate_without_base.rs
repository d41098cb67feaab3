//! A gate whose base has no runner, as in the pull request that adds the first one. Nothing can be
//! compared; the candidate is built and verified, if the user lets such a gate pass.

use anyhow::{Result, anyhow};
use duel_record::{CaseId, Message, MissingKind, Verb};
use duel_reports::MissingBase;

use crate::{
    cargo::{Project, harness_line, no_runner::NoRunner},
    command::{
        cli::GateArgs,
        settings::Settings,
        status::{Status, helpful},
    },
    plan,
    run::{
        close::load,
        job::Job,
        work::{Plan, Work},
    },
    runner::artifact::{self, Runner},
    sides::{
        self,
        side::Side,
        wanted::{Source, Wanted},
    },
    verbs::{gate_base::Ends, gate_publish::Publication},
};

/// What there is instead of two sides.
pub struct WithoutBase<'a> {
    pub args: &'a GateArgs,
    pub settings: &'a Settings,
    pub project: Option<&'a Project>,
    pub ends: &'a Ends,
}

impl WithoutBase<'_> {
    /// Why the base has no runner; `None` if `error` is another one, or the candidate's.
    ///
    /// # Errors
    /// When a candidate that is a revision can't be built.
    pub fn reason(&self, error: &anyhow::Error) -> Result<Option<String>> {
        let Some(no_runner) = NoRunner::find(error) else { return Ok(None) };
        if sides::side::side_of(error) == Some(Side::Candidate) {
            return Ok(None);
        }
        let candidate_has_one = match &self.ends.head {
            Source::Path(_) => true,
            Source::WorkTree => self.project.is_some_and(may_have_runner),
            // Built already, or else as it would have been.
            Source::Revision(_) => self.candidate().map(|_| true)?,
        };
        let reason = || format!("the base {} has no benchmarks yet ({no_runner})", self.ends.base_name);
        Ok(candidate_has_one.then(reason))
    }

    /// The candidate's runners.
    fn candidate(&self) -> Result<Vec<Runner>> {
        let build = self.args.build.over(&self.settings.sides);
        let wanted = Wanted {
            baseline: &self.ends.base,
            candidate: &self.ends.head,
            project: self.project,
            cargo: &self.args.cargo,
            build: &build,
        };
        let runners = sides::build_candidate(&wanted, self.settings)?;
        artifact::warn_of_debug_assertions(&runners, &self.settings.reporter);
        Ok(runners)
    }

    /// Builds the candidate and verifies all of its cases.
    ///
    /// # Errors
    /// When the candidate can't be built or asked.
    pub fn verify(&self, reason: String, publication: &Publication) -> Result<Status> {
        // Every case is verified, however long it takes.
        let settings = Settings { time_budget: None, ..self.settings.clone() };
        let runners = self.candidate()?;
        let chosen = plan::choose(&runners, &self.args.filters, &settings)?;
        let job = Job {
            recorded: settings.recorded(Verb::Verify, &self.args.filters, None, None),
            settings: &settings,
            runners: &runners,
            source_folder: self.project.map_or_else(std::env::current_dir, |it| Ok(it.folder.clone()))?,
            inject: None,
        };
        let work = Work {
            sides: None,
            plan: Plan::InstrumentsOnly,
            foreign: Vec::new(),
            instruments: Vec::new(),
            chosen,
        };
        let measured = job.measure(&work, None)?;
        let model = load(&measured.folder)?;
        let mut verified: Vec<CaseId> = work
            .chosen
            .available()
            .map(|case| &case.arm)
            .filter(|arm| measured.results.verified.contains_key(arm))
            .map(|arm| arm.case.clone())
            .collect();
        verified.dedup();
        let missing = MissingBase { reason, verified };
        let status = measured.close(&settings, false)?;
        if status == Status::Interrupted {
            publication.failed(&anyhow!("interrupted"));
            return Ok(status);
        }
        let reporter = &settings.reporter;
        reporter.result(&missing.sentence());
        reporter.message(&Message::Unavailable {
            case: None,
            what: MissingKind::Comparison,
            reason: missing.reason.clone(),
        });
        publication.without_base(&missing, &model)?;
        Ok(status)
    }
}

/// Whether the work tree has a bench target that may be a runner.
fn may_have_runner(project: &Project) -> bool {
    let looked = project.packages().and_then(|it| harness_line::look(&it, project.args.bench.as_deref()));
    looked.is_ok_and(|found| found.has_runner || found.forgotten.is_empty())
}

/// The error of a gate that needs a base.
pub fn refused(reason: &str) -> anyhow::Error {
    helpful(
        reason,
        "this is expected in the pull request that adds the first benchmarks: --missing-base pass lets it pass there, \
         once every case of the candidate is verified",
    )
}
