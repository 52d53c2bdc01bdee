//! libpam's dispatcher: what a stack returns for given module results, and every way through it.

use std::{borrow::Cow, collections::BTreeMap, rc::Rc};

use super::{
    Rule, Stack, Target,
    codes::{Action, Code},
    factors::is_gate,
};

/// How the stack looks so far.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Mood {
    /// Nothing counted yet.
    Undecided,
    /// Something counted, and it was a success.
    Good,
    /// Something counted by `ok`, but its code was not success.
    Counted,
    /// Something failed.
    Bad,
}

/// The dispatcher between two rules.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct State {
    mood: Mood,
    /// Level of the rule visited last.
    level: usize,
    /// The mood on entering each level.
    entered: Vec<Mood>,
}

impl State {
    fn new() -> Self {
        Self {
            mood: Mood::Undecided,
            level: 0,
            entered: vec![Mood::Undecided],
        }
    }

    /// Visits the rule at `at`, whose module returns `code`; gives the place of the next one.
    fn visit(&mut self, rules: &[Rule], at: usize, code: Code) -> usize {
        let level = rules[at].level;
        self.enter(level);
        if rules[at].target == Target::Substack {
            return at + 1;
        }
        match rules[at].control.on(code) {
            Action::Ignore => at + 1,
            Action::Reset => {
                self.mood = self.entered[level];
                at + 1
            }
            action @ (Action::Ok | Action::Done) => {
                if matches!(self.mood, Mood::Undecided | Mood::Good) {
                    self.mood = if code == Code::Success {
                        Mood::Good
                    } else {
                        Mood::Counted
                    };
                }
                if action == Action::Done && self.mood != Mood::Bad {
                    return past_substack(rules, at);
                }
                at + 1
            }
            Action::Bad => {
                self.mood = Mood::Bad;
                at + 1
            }
            Action::Die => {
                self.mood = Mood::Bad;
                past_substack(rules, at)
            }
            Action::Jump(count) => {
                let (last, left) = jump(rules, at, count);
                if left > 0 {
                    self.mood = Mood::Bad; // too far: an error to the dispatcher
                }
                last + 1
            }
        }
    }

    fn enter(&mut self, level: usize) {
        if level > self.level {
            self.entered.resize(level, self.mood);
            self.entered.push(self.mood);
        }
        self.entered.resize(level + 1, self.mood);
        self.level = level;
    }
}

/// The first place after the (sub)stack that holds `at`.
fn past_substack(rules: &[Rule], at: usize) -> usize {
    let level = rules[at].level;
    let rest = rules[at + 1..].iter().take_while(|r| r.level >= level);
    at + 1 + rest.count()
}

/// Skips `count` rules of the same (sub)stack, a substack counting as one: the last place skipped
/// and how many were left to skip.
fn jump(rules: &[Rule], at: usize, mut count: usize) -> (usize, usize) {
    let level = rules[at].level;
    let next_level = |h: usize| rules.get(h + 1).map(|r| r.level);
    let mut here = at;
    while count > 0 && next_level(here).is_some_and(|l| l >= level) {
        here += 1;
        while next_level(here).is_some_and(|l| l > level) {
            here += 1;
        }
        count -= 1;
    }
    (here, count)
}

/// What a module may return in one way through the stack, and what that would prove.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Outcome {
    /// The code.
    pub code: Code,
    /// What became true with it.
    pub marks: Marks,
    /// Whether the trace shall name it, with these words besides.
    pub told: Option<Cow<'static, str>>,
}

/// What became true on a way through the stack. The meaning of each mark is the caller's.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Marks {
    /// First mark.
    pub a: bool,
    /// Second mark.
    pub b: bool,
    /// Third mark.
    pub c: bool,
}

impl Marks {
    fn and(self, other: Self) -> Self {
        Self {
            a: self.a || other.a,
            b: self.b || other.b,
            c: self.c || other.c,
        }
    }
}

/// One kind of way through a stack.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Way {
    /// Whether the stack returns success.
    pub success: bool,
    /// What became true.
    pub marks: Marks,
    /// One such way: the results that matter, in order.
    pub trace: Vec<String>,
}

/// Most states followed in one stack.
const MAX_STATES: usize = 20_000;

/// A way so far, newest step first.
enum Steps {
    Start,
    Then(Rc<Self>, String),
}

impl Steps {
    fn to_list(&self) -> Vec<String> {
        let mut list = Vec::new();
        let mut at = self;
        while let Self::Then(before, step) = at {
            list.push(step.clone());
            at = before;
        }
        list.reverse();
        list
    }
}

/// Every kind of way through `stack`, where each module may return any of what `outcomes` gives.
/// `None` when there are too many states to follow.
pub fn ways(stack: &Stack, outcomes: impl Fn(&Rule) -> Vec<Outcome>) -> Option<Vec<Way>> {
    let rules = &stack.rules;
    let mut open: Vec<BTreeMap<(State, Marks), Rc<Steps>>> = vec![BTreeMap::new(); rules.len() + 1];
    open[0].insert((State::new(), Marks::default()), Rc::new(Steps::Start));
    let mut states = 0;
    for at in 0..rules.len() {
        let choices = match rules[at].target {
            Target::Substack => vec![Outcome {
                code: Code::Ignore,
                marks: Marks::default(),
                told: None,
            }],
            Target::Module { .. } => outcomes(&rules[at]),
        };
        for ((state, marks), steps) in std::mem::take(&mut open[at]) {
            states += choices.len();
            if states > MAX_STATES {
                return None;
            }
            for choice in &choices {
                let mut state = state.clone();
                let next = state.visit(rules, at, choice.code);
                let steps = told(&rules[at], choice, &steps);
                let key = (state, marks.and(choice.marks));
                open[next].entry(key).or_insert(steps);
            }
        }
    }
    let mut ends = BTreeMap::new();
    for ((state, marks), steps) in &open[rules.len()] {
        let success = state.mood == Mood::Good;
        ends.entry((success, *marks)).or_insert(steps);
    }
    let way = |((success, marks), steps): ((bool, Marks), &Rc<Steps>)| Way {
        success,
        marks,
        trace: steps.to_list(),
    };
    Some(ends.into_iter().map(way).collect())
}

fn told(rule: &Rule, choice: &Outcome, steps: &Rc<Steps>) -> Rc<Steps> {
    let Some(words) = &choice.told else {
        return Rc::clone(steps);
    };
    let mut step = format!("{} {}={}", rule.source, rule.module(), choice.code.name());
    if !words.is_empty() {
        step.push_str(&format!(" ({words})"));
    } else if is_gate(rule.module()) && !rule.args().is_empty() {
        // The condition tells who is let by.
        step.push_str(&format!(" ({})", rule.args().join(" ")));
    }
    Rc::new(Steps::Then(Rc::clone(steps), step))
}

/// Whether the stack returns success when each module returns what `result` says.
pub fn succeeds(stack: &Stack, result: impl Fn(&Rule) -> Code) -> bool {
    let mut state = State::new();
    let mut at = 0;
    while at < stack.rules.len() {
        let rule = &stack.rules[at];
        let code = match rule.target {
            Target::Substack => Code::Ignore,
            Target::Module { .. } => result(rule),
        };
        at = state.visit(&stack.rules, at, code);
    }
    state.mood == Mood::Good
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::facts::pam::codes::Control;

    /// Rules as `level control code`; each module returns its code.
    fn run(lines: &[&str]) -> bool {
        let mut rules = Vec::new();
        for line in lines {
            let (level, rest) = line.split_once(' ').unwrap();
            let level = level.parse().unwrap();
            let (target, control) = match rest.rsplit_once(' ') {
                Some((control, code)) => {
                    let name = code.to_owned();
                    (
                        Target::Module {
                            name,
                            args: Vec::new(),
                        },
                        Control::parse(control).unwrap(),
                    )
                }
                None => (Target::Substack, Control::all(Action::Ignore)),
            };
            rules.push(Rule {
                target,
                control,
                level,
                source: String::new(),
            });
        }
        let code = |r: &Rule| {
            let found = Code::ALL.iter().find(|c| c.name() == r.module());
            found.copied().unwrap_or(Code::Ignore)
        };
        succeeds(&Stack { rules }, code)
    }

    #[test]
    fn keywords_decide_as_the_manual_says() {
        for (want, lines) in [
            (true, &["0 required success"][..]),
            (false, &["0 required auth_err", "0 required success"]),
            (false, &["0 required success", "0 required auth_err"]),
            (false, &["0 requisite auth_err", "0 sufficient success"]),
            (true, &["0 sufficient success", "0 required auth_err"]),
            (false, &["0 required auth_err", "0 sufficient success"]),
            (false, &["0 sufficient auth_err"]),
            (true, &["0 sufficient auth_err", "0 required success"]),
            (true, &["0 optional auth_err", "0 required success"]),
            (true, &["0 optional success"]),
            (false, &["0 optional auth_err"]),
            (false, &["0 required ignore"]),
            (false, &[]),
        ] {
            assert_eq!(run(lines), want, "{lines:?}");
        }
    }

    #[test]
    fn jumps_skip_and_do_not_count() {
        for (want, lines) in [
            (
                true,
                &[
                    "0 [success=1 default=ignore] success",
                    "0 requisite perm_denied",
                    "0 required success",
                ][..],
            ),
            (
                false,
                &[
                    "0 [success=1 default=ignore] auth_err",
                    "0 requisite perm_denied",
                    "0 required success",
                ],
            ),
            (
                false,
                &[
                    "0 [success=1 default=ignore] success",
                    "0 requisite perm_denied",
                ],
            ),
            (
                false,
                &[
                    "0 [success=3 default=ignore] success",
                    "0 required success",
                    "0 required success",
                ],
            ),
            // A substack is one rule to a jump.
            (
                true,
                &[
                    "0 [success=1 default=ignore] success",
                    "0 -",
                    "1 required auth_err",
                    "0 required success",
                ],
            ),
            // Out of a substack no jump leads.
            (
                false,
                &[
                    "0 required success",
                    "0 -",
                    "1 [success=1 default=ignore] success",
                    "0 required success",
                ],
            ),
        ] {
            let lines: Vec<String> = lines
                .iter()
                .map(|l| l.replace("0 -", "0 substack"))
                .collect();
            let lines: Vec<&str> = lines.iter().map(String::as_str).collect();
            assert_eq!(run(&lines), want, "{lines:?}");
        }
    }

    #[test]
    fn substacks_end_alone_and_reset_to_their_start() {
        for (want, lines) in [
            // `sufficient` in a substack does not end the service's own stack …
            (
                false,
                &[
                    "0 substack",
                    "1 sufficient success",
                    "1 required auth_err",
                    "0 required auth_err",
                ][..],
            ),
            (
                true,
                &[
                    "0 substack",
                    "1 sufficient success",
                    "1 required auth_err",
                    "0 required success",
                ],
            ),
            // … nor does `die`, yet the failure stays.
            (
                false,
                &["0 substack", "1 requisite auth_err", "0 required success"],
            ),
            (
                true,
                &[
                    "0 required success",
                    "0 substack",
                    "1 required auth_err",
                    "1 [default=reset] success",
                ],
            ),
            (
                false,
                &[
                    "0 required auth_err",
                    "0 substack",
                    "1 required success",
                    "1 [default=reset] success",
                ],
            ),
            (false, &["0 required success", "0 [default=reset] success"]),
        ] {
            assert_eq!(run(lines), want, "{lines:?}");
        }
    }

    #[test]
    fn actions_on_other_codes() {
        for (want, lines) in [
            (false, &["0 [default=ok] auth_err"][..]),
            (false, &["0 [default=ok] auth_err", "0 required success"]),
            (true, &["0 required success", "0 [default=ignore] auth_err"]),
            (false, &["0 [success=bad default=ok] success"]),
            (false, &["0 [success=ok] ignore", "0 required success"]),
            (false, &["0 required new_authtok_reqd"]),
        ] {
            assert_eq!(run(lines), want, "{lines:?}");
        }
    }
}
