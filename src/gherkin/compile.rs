//! Compiling: every step bound once, everything that is wrong told at once.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::sync::Arc;

use cucumber::event::Source;
use cucumber::gherkin::{self, StepType};
use cucumber::step;
use regex::CaptureLocations;

use crate::campaign::{
    Action, BoundStep, Campaign, CampaignSettings, Choice, Escape, Journey, Question, ScenarioPlan,
    Templates, VirtualUser, run_now,
};
use crate::config::Profile;
use crate::model::{Place, StepRef};
use crate::population::{Population, Spec};
use crate::scaling::ScaleEvent;

use super::binding::{at_once, bind, step_ref, whole};
use super::catalogue::{Catalogue, keyword_of};
use super::expectations::{Names, fact_names, nearest, texts};
use super::foretold::{any_follows, foretell};
use super::journeys::{NamedJourney, by_name, named_in};
use super::problem::{FeatureErrors, Problem};
use super::source::{ReadFeatures, shown};
use super::tags::Tags;
use super::words::Words;

/// A scenario, ready to be run and told.
#[derive(Debug)]
pub struct Compiled {
    /// The feature it is in.
    pub feature: Source<gherkin::Feature>,
    /// The rule it is in.
    pub rule: Option<Source<gherkin::Rule>>,
    /// The scenario.
    pub scenario: Source<gherkin::Scenario>,
    /// What runs.
    pub plan: ScenarioPlan,
    /// Its steps, in the order of the file.
    pub lines: Vec<Line>,
}

/// A step as the writers tell it.
#[derive(Debug)]
pub struct Line {
    /// The step.
    pub step: Source<gherkin::Step>,
    /// It stands in a background.
    pub background: bool,
    /// Where its values stand in its text.
    pub captures: CaptureLocations,
    /// Its function.
    pub location: Option<step::Location>,
    /// What became of it is found here.
    pub kind: LineKind,
}

/// Where to find what became of a step.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum LineKind {
    /// In the tallies with these numbers.
    User(Vec<usize>),
    /// It configured the campaign.
    Setup,
    /// In the answer to this question.
    Question(usize),
}

/// Compiles what was read.
///
/// # Errors
///
/// Everything that is wrong, at once.
pub fn compile(
    read: ReadFeatures,
    profile: &Profile,
    profiles: &[String],
    functional: bool,
) -> Result<Vec<Compiled>, FeatureErrors> {
    let catalogue = Catalogue::new();
    let mut problems = Vec::new();
    let journeys = by_name(read.source.journeys, &mut problems);
    let compiler = Compiler {
        catalogue: &catalogue,
        words: Words::new(&profile.words),
        journeys,
        facts: fact_names(profile, &mut problems),
        events: super::scalable::of_profile(profile, &mut problems),
        profile,
        profiles,
        functional,
    };
    let mut compiled = Vec::new();
    for feature in read.source.features {
        let file = feature.path.as_deref().map_or_else(String::new, shown);
        let feature = Source::new(feature);
        let mut add =
            |rule: Option<&gherkin::Rule>, scenario: &gherkin::Scenario, source| match compiler
                .scenario(&feature, rule, scenario, &file)
            {
                Ok(parts) => compiled.push(parts.into_compiled(&feature, source, scenario)),
                Err(wrong) => problems.extend(wrong),
            };
        for scenario in &feature.scenarios {
            add(None, scenario, None);
        }
        for rule in &feature.rules {
            let source = Source::new(rule.clone());
            for scenario in &rule.scenarios {
                add(Some(rule), scenario, Some(source.clone()));
            }
        }
    }
    if problems.is_empty() {
        return Ok(compiled);
    }
    problems.sort();
    problems.dedup();
    Err(FeatureErrors { problems })
}

struct Compiler<'a> {
    catalogue: &'a Catalogue,
    words: Words,
    journeys: BTreeMap<String, NamedJourney>,
    facts: BTreeSet<String>,
    /// For scenarios that have none of their own.
    events: Vec<ScaleEvent>,
    profile: &'a Profile,
    profiles: &'a [String],
    functional: bool,
}

/// A scenario while it is being put together.
#[derive(Default)]
struct Parts {
    settings: Option<CampaignSettings>,
    steps: Vec<Arc<StepRef>>,
    journey: Journey,
    questions: Vec<Question>,
    lines: Vec<Line>,
    /// Journeys whose session steps are in already.
    established: BTreeSet<String>,
    /// The texts of user steps, for names and templates.
    user_steps: Vec<(gherkin::Step, Place)>,
    /// The texts of steps that configure the campaign, for names.
    campaign_steps: Vec<(gherkin::Step, Place)>,
    templates: Templates,
    wanted_of_others: Vec<String>,
    feature: String,
    scenario: String,
    place: Option<Place>,
}

impl Parts {
    fn into_compiled(
        self,
        feature: &Source<gherkin::Feature>,
        rule: Option<Source<gherkin::Rule>>,
        scenario: &gherkin::Scenario,
    ) -> Compiled {
        let place = self.place.unwrap_or_else(|| Place::new("", 0));
        let Some(settings) = self.settings else {
            unreachable!("a scenario without problems has settings")
        };
        Compiled {
            feature: feature.clone(),
            rule,
            scenario: Source::new(scenario.clone()),
            plan: ScenarioPlan {
                feature: self.feature,
                scenario: self.scenario,
                place,
                settings,
                journey: Arc::new(self.journey),
                steps: self.steps,
                wanted_of_others: self.wanted_of_others,
                questions: self.questions,
                templates: Arc::new(self.templates),
            },
            lines: self.lines,
        }
    }
}

/// What a step was found to be.
enum Found {
    User(
        step::Step<VirtualUser>,
        step::Context,
        CaptureLocations,
        Option<step::Location>,
    ),
    Campaign(
        step::Step<Campaign>,
        step::Context,
        CaptureLocations,
        Option<step::Location>,
    ),
    Journey(String),
}

impl Compiler<'_> {
    fn scenario(
        &self,
        feature: &gherkin::Feature,
        rule: Option<&gherkin::Rule>,
        scenario: &gherkin::Scenario,
        file: &str,
    ) -> Result<Parts, Vec<Problem>> {
        let place = Place::new(file, scenario.position.line);
        let mut problems = Vec::new();
        let mut parts = Parts {
            feature: feature.name.clone(),
            scenario: scenario.name.clone(),
            place: Some(place.clone()),
            ..Parts::default()
        };
        let mut settings = CampaignSettings::new(self.profile);
        let tags: Vec<String> = [&feature.tags]
            .into_iter()
            .chain(rule.map(|rule| &rule.tags))
            .chain([&scenario.tags])
            .flatten()
            .cloned()
            .collect();
        match Tags::read(&tags, self.profiles) {
            Ok(tags) => tags.apply(&mut settings),
            Err(wrong) => {
                problems.extend(wrong.into_iter().map(|why| Problem::at(place.clone(), why)));
            }
        }
        let mut campaign = Campaign::new(settings);
        let backgrounds = feature
            .background
            .iter()
            .chain(rule.and_then(|rule| rule.background.as_ref()));
        let steps = backgrounds
            .flat_map(|background| background.steps.iter().map(|step| (step, true)))
            .chain(scenario.steps.iter().map(|step| (step, false)));
        for (step, background) in steps {
            let line = self.step(step, file, &mut parts, &mut campaign);
            match line {
                Ok(mut line) => {
                    line.background = background;
                    parts.lines.push(line);
                }
                Err(wrong) => problems.extend(wrong),
            }
        }
        foretell([&mut parts.journey.session, &mut parts.journey.iteration]);
        self.choices(&mut parts, &mut campaign, &mut problems);
        campaign.settings_mut().guarantees.followed = any_follows(&parts.user_steps);
        super::scalable::complete(campaign.settings_mut(), &self.events);
        self.check_names(&mut parts, &campaign, &mut problems);
        self.check_use(&parts, campaign.settings(), &place, &mut problems);
        if self.functional {
            campaign.settings_mut().make_functional();
        }
        parts.settings = Some(campaign.settings().clone());
        if problems.is_empty() {
            Ok(parts)
        } else {
            Err(problems)
        }
    }

    fn step(
        &self,
        step: &gherkin::Step,
        file: &str,
        parts: &mut Parts,
        campaign: &mut Campaign,
    ) -> Result<Line, Vec<Problem>> {
        let place = Place::new(file, step.position.line);
        let source = Source::new(step.clone());
        let line = |captures, location, kind| Line {
            step: source.clone(),
            background: false,
            captures,
            location,
            kind,
        };
        match self.find(step, &place)? {
            Found::User(function, context, captures, location) => {
                parts.user_steps.push((context.step.clone(), place.clone()));
                let bound = bind(
                    step,
                    &place,
                    function,
                    context,
                    &parts.scenario,
                    &mut parts.steps,
                );
                let number = bound.number;
                if step.ty == StepType::Given {
                    parts.journey.session.push(bound);
                } else {
                    parts.journey.iteration.push(bound);
                }
                Ok(line(captures, location, LineKind::User(vec![number])))
            }
            Found::Journey(name) => {
                let first = parts.steps.len();
                let (session, iteration) = self.journey(&name, &place, parts, &mut Vec::new())?;
                parts.journey.session.extend(session);
                if step.ty == StepType::Given {
                    parts.journey.session.extend(iteration);
                } else {
                    let number = parts.steps.len();
                    parts.steps.push(step_ref(step, &place, &parts.scenario));
                    parts.journey.iteration.push(BoundStep {
                        step: Arc::clone(&parts.steps[number]),
                        number,
                        action: Action::Journey(iteration.into()),
                        foretold: Arc::new([]),
                    });
                }
                let numbers = (first..parts.steps.len()).collect();
                Ok(line(whole(step), None, LineKind::User(numbers)))
            }
            Found::Campaign(function, context, captures, location) => {
                parts
                    .campaign_steps
                    .push((context.step.clone(), place.clone()));
                let text = format!("{}{}", step.keyword, step.value);
                if step.ty == StepType::Then {
                    parts.questions.push(Question {
                        step: step_ref(step, &place, &parts.scenario),
                        function,
                        context,
                    });
                    let number = parts.questions.len() - 1;
                    return Ok(line(captures, location, LineKind::Question(number)));
                }
                campaign.enter(text, place.clone());
                match run_now(function(campaign, context)) {
                    Some(Ok(())) => Ok(line(captures, location, LineKind::Setup)),
                    Some(Err(why)) => Err(vec![Problem::at(place, why)]),
                    None => Err(vec![Problem::at(
                        place,
                        "a step that configures the campaign must not wait for anything",
                    )]),
                }
            }
        }
    }

    /// The steps of the journey `name`: those that establish the session, and
    /// those of an iteration. Session steps of one journey are given once.
    fn journey(
        &self,
        name: &str,
        place: &Place,
        parts: &mut Parts,
        stack: &mut Vec<String>,
    ) -> Result<(Vec<BoundStep>, Vec<BoundStep>), Vec<Problem>> {
        let Some(journey) = self.journeys.get(name) else {
            let known: BTreeSet<String> = self.journeys.keys().cloned().collect();
            let hint = if known.is_empty() {
                "; tag a scenario with @journey to make it one".to_owned()
            } else {
                nearest(name, &known)
            };
            return Err(vec![Problem::at(
                place.clone(),
                format!("there is no journey \"{name}\"{hint}"),
            )]);
        };
        if stack.contains(&journey.name) {
            return Err(vec![Problem::at(
                place.clone(),
                format!(
                    "the journey \"{name}\" runs itself: {} → {name}",
                    stack.join(" → ")
                ),
            )]);
        }
        stack.push(journey.name.clone());
        let fresh = parts.established.insert(journey.name.clone());
        let (mut session, mut iteration, mut problems) = (Vec::new(), Vec::new(), Vec::new());
        for step in &journey.steps {
            let place = Place::new(journey.file.as_str(), step.position.line);
            match self.find(step, &place) {
                Ok(Found::User(function, context, ..)) => {
                    parts.user_steps.push((context.step.clone(), place.clone()));
                    let given = step.ty == StepType::Given;
                    if given && !fresh {
                        continue;
                    }
                    let bound = bind(
                        step,
                        &place,
                        function,
                        context,
                        &journey.name,
                        &mut parts.steps,
                    );
                    if given {
                        session.push(bound);
                    } else {
                        iteration.push(bound);
                    }
                }
                Ok(Found::Journey(inner)) => match self.journey(&inner, &place, parts, stack) {
                    Ok((before, during)) => {
                        session.extend(before);
                        if step.ty == StepType::Given {
                            session.extend(during);
                        } else {
                            iteration.extend(during);
                        }
                    }
                    Err(wrong) => problems.extend(wrong),
                },
                Ok(Found::Campaign(..)) => problems.push(Problem::at(
                    place,
                    "a journey holds only steps about the user; this one is about the campaign",
                )),
                Err(wrong) => problems.extend(wrong),
            }
        }
        stack.pop();
        foretell([&mut session, &mut iteration]);
        if problems.is_empty() {
            Ok((session, iteration))
        } else {
            Err(problems)
        }
    }

    /// The weighted journeys that the campaign asks for.
    fn choices(&self, parts: &mut Parts, campaign: &mut Campaign, problems: &mut Vec<Problem>) {
        let Some(place) = campaign.settings().journeys_place.clone() else {
            return;
        };
        let first = parts.steps.len();
        for (name, weight) in campaign.settings().journeys.clone() {
            match self.journey(&name, &place, parts, &mut Vec::new()) {
                Ok((session, iteration)) => {
                    parts.journey.session.extend(session);
                    parts.journey.choices.push(Choice {
                        weight,
                        steps: iteration.into(),
                    });
                }
                Err(wrong) => problems.extend(wrong),
            }
        }
        // The step with the table tells what became of the journeys.
        let numbers: Vec<usize> = (first..parts.steps.len()).collect();
        if let Some(line) = parts
            .lines
            .iter_mut()
            .find(|line| line.kind == LineKind::Setup && line.step.position.line == place.line)
        {
            line.kind = LineKind::User(numbers);
        }
    }

    fn check_names(&self, parts: &mut Parts, campaign: &Campaign, problems: &mut Vec<Problem>) {
        let mut names = Names {
            facts: self.facts.clone(),
            ..Names::default()
        };
        if let Some(file) = &campaign.settings().accounts {
            match Population::read_accounts(Path::new(file), &Spec::default()) {
                Ok(population) => names.facts = population.fact_names().into_iter().collect(),
                Err(error) => problems.push(Problem::general(error.to_string())),
            }
        }
        for (step, _) in &parts.user_steps {
            names.add(step);
        }
        for (step, place) in &parts.campaign_steps {
            problems.extend(names.unknown_fact(step, place));
        }
        let mut wanted = BTreeSet::new();
        for (step, place) in &parts.user_steps {
            problems.extend(names.check(step, place, &mut wanted));
            for text in texts(step) {
                for escape in [Escape::None, Escape::Json, Escape::Url, Escape::Xml] {
                    for form in [text.as_str(), text.trim()] {
                        // What is wrong with it was told by the check.
                        let _ = parts.templates.prepare(form, escape);
                    }
                }
            }
        }
        parts.wanted_of_others = wanted.into_iter().collect();
    }

    fn check_use(
        &self,
        parts: &Parts,
        settings: &CampaignSettings,
        place: &Place,
        problems: &mut Vec<Problem>,
    ) {
        problems.extend(super::scalable::check(self.profile, settings, place));
        let journey = &parts.journey;
        if problems.is_empty() && journey.iteration.is_empty() && journey.choices.is_empty() {
            problems.push(Problem::at(
                place.clone(),
                "the scenario has no `When` or `Then` step about the user, so nothing would be sent",
            ));
        }
        for (step, place) in &parts.user_steps {
            let at_once = at_once(&step.value);
            let most = settings.ceiling().min(settings.rate).tps();
            if at_once.is_some_and(|count| count > most) {
                problems.push(Problem::at(
                    place.clone(),
                    format!("more requests at once than the rate of {most} TPS allows in a second"),
                ));
            }
        }
    }

    fn find(&self, step: &gherkin::Step, place: &Place) -> Result<Found, Vec<Problem>> {
        let mut rewritten = step.clone();
        rewritten.value = self.words.rewrite(&step.value);
        if let Some(name) = named_in(&rewritten.value) {
            return Ok(Found::Journey(name));
        }
        let told = |why: String| vec![Problem::at(place.clone(), why)];
        let ambiguous = |error: step::AmbiguousMatchError| {
            let all: Vec<String> = error
                .possible_matches
                .iter()
                .map(|(_, location)| location.map_or_else(String::new, |l| l.to_string()))
                .collect();
            told(format!(
                "the step \"{}\" is ambiguous: {} definitions match ({})",
                step.value,
                all.len(),
                all.join(", ")
            ))
        };
        let user = self.catalogue.user.find(&rewritten).map_err(ambiguous)?;
        let campaign = self
            .catalogue
            .campaign
            .find(&rewritten)
            .map_err(ambiguous)?;
        let changed = rewritten.value != step.value;
        let shown = |captures| if changed { whole(step) } else { captures };
        match (user, campaign) {
            (Some((function, captures, location, context)), None) => {
                Ok(Found::User(*function, context, shown(captures), location))
            }
            (None, Some((function, captures, location, context))) => Ok(Found::Campaign(
                *function,
                context,
                shown(captures),
                location,
            )),
            (Some((_, _, one, _)), Some((_, _, two, _))) => {
                let location =
                    |own: Option<step::Location>| own.map_or_else(String::new, |l| l.to_string());
                Err(told(format!(
                    "the step \"{}\" is ambiguous: it is about the user ({}) and about the campaign ({})",
                    step.value,
                    location(one),
                    location(two)
                )))
            }
            (None, None) => Err(told(self.undefined(&rewritten, &step.value))),
        }
    }

    fn undefined(&self, step: &gherkin::Step, original: &str) -> String {
        for ty in [StepType::Given, StepType::When, StepType::Then] {
            let mut other = step.clone();
            other.ty = ty;
            let known = matches!(self.catalogue.user.find(&other), Ok(Some(_)))
                || matches!(self.catalogue.campaign.find(&other), Ok(Some(_)));
            if known {
                return format!(
                    "no `{}` step \"{original}\"; there is such a `{}` step",
                    keyword_of(step.ty),
                    keyword_of(ty)
                );
            }
        }
        let nearest = self.catalogue.nearest(keyword_of(step.ty), &step.value, 2);
        if nearest.is_empty() {
            return format!("no step \"{original}\"; `fpt steps` lists all that there are");
        }
        let all: Vec<String> = nearest
            .iter()
            .map(|own| format!("`{} {}`", own.keyword, own.wording))
            .collect();
        format!("no step \"{original}\"; did you mean {}?", all.join(" or "))
    }
}
