//! The rows of a view against a naive reading of the whole queue.

use std::ops::ControlFlow;

use std::collections::BTreeMap;

use proptest::prelude::*;

use super::*;
use crate::domain::{Cell, Change, Changes, Edit, Field, Rules, Sid};
use crate::store::{BookName, Store};

type Row = (u8, Option<Option<u8>>, Option<u8>);

const EMAILS: [&str; 3] = ["a@example.com", "B@Example.com", "nothing"];

fn edit((sid, tag, email): Row) -> Edit {
    let mut changes = Changes::default();
    let tag = tag.map(|tag| tag.map_or(Change::Clear, |tag| Change::Set(format!("t{tag}"))));
    changes.put(Field::Tag, tag);
    changes.put(Field::Email, email.map(|no| Change::Set(EMAILS[usize::from(no)].to_owned())));
    Edit { sid: Sid::new(&format!("s{sid}")), changes }
}

/// A filter, and the same in Rust.
type Asked = (&'static str, fn(&Edit) -> bool);

fn tag(edit: &Edit) -> Option<&str> {
    edit.changes.get(Field::Tag).and_then(Change::value)
}

const FILTERS: [Asked; 6] = [
    ("", |_| true),
    ("tag:t1", |edit| tag(edit) == Some("t1")),
    ("-tag:", |edit| tag(edit).is_none()),
    ("cleared:tag or tag:t0", |edit| tag(edit) == Some("t0") || edit.changes.get(Field::Tag) == Some(&Change::Clear)),
    ("example tag:", |edit| {
        tag(edit).is_some()
            && edit.changes.get(Field::Email).and_then(Change::value).is_some_and(|email| email != "nothing")
    }),
    ("problem:email-shape", |edit| edit.changes.get(Field::Email).and_then(Change::value) == Some("nothing")),
];

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, failure_persistence: None, ..ProptestConfig::default() })]

    /// Filter, problems, duplicates and order together: those that a naive reading picks, in the order of a naive sort.
    #[test]
    fn a_view_shows_what_a_naive_model_picks_and_in_its_order(
        rows in prop::collection::vec((0u8..6, prop::option::of(prop::option::of(0u8..3)), prop::option::of(0u8..3)), 0..14),
        renamed in prop::collection::vec((0usize..14, 0u8..6), 0..4),
        asked in 0..FILTERS.len(),
        duplicates: bool,
        problems: bool,
        sort in prop::option::of(any::<bool>()),
    ) {
        let dir = tempfile::tempdir().unwrap();
        let store = Store::open(dir.path()).unwrap().0;
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        runtime.block_on(async {
            store.import(rows.into_iter().map(edit).collect::<Vec<_>>(), "x".into()).await.unwrap();
            for (id, sid) in renamed {
                let sid = crate::store::CellChange::Set(format!("s{sid}"));
                store.set_cell(vec![EditId(id as i64)], Cell::Sid, sid).await.unwrap();
            }
        });
        let mut all = Vec::new();
        let each = |row: QueuedEdit| { all.push((row.id, row.edit)); ControlFlow::Continue(()) };
        store.reader().unwrap().each_queued(each).unwrap();
        let (text, passes) = FILTERS[asked];
        let mut sids = BTreeMap::new();
        for (_, edit) in &all {
            *sids.entry(edit.sid.clone()).or_insert(0) += 1;
        }
        let is_problem = |edit: &Edit| !validate(edit, &Rules::default()).is_empty();
        let mut wanted: Vec<_> = all.iter()
            .filter(|(_, edit)| passes(edit) && (!duplicates || sids[&edit.sid] > 1))
            .filter(|(_, edit)| !problems || is_problem(edit))
            .collect();
        // Those that set the tag, then those that clear it, then the others; equals stay as they were queued.
        let class = |edit: &Edit| match edit.changes.get(Field::Tag) {
            Some(Change::Set(_)) => 0,
            Some(Change::Clear) => 1,
            None => 2,
        };
        match sort {
            None => {}
            Some(false) => wanted.sort_by_key(|(_, edit)| (class(edit), tag(edit))),
            Some(true) => wanted.sort_by_key(|(_, edit)| (class(edit), std::cmp::Reverse(tag(edit)))),
        }
        let wanted: Vec<EditId> = wanted.into_iter().map(|(id, _)| *id).collect();
        let view = QueueView {
            filter: (!text.is_empty()).then(|| text.to_owned()),
            problems,
            duplicates,
            sort: sort.map(|descending| Sort { by: Cell::Field(Field::Tag), descending }),
        };
        let reads = Reads::of(store, Rules::default(), BookName::default()).unwrap();
        let mut first = Vec::new();
        let mut shown = reads.queue_keys(&Work::unwatched(), &view, &mut |keys| first = keys, &mut ProblemCounts::default()).unwrap();
        prop_assert!(shown.starts_with(&first));
        if sort.is_none() && (problems || duplicates) {
            // Those of one kind, or of one contact, stand together.
            shown.sort_unstable();
        }
        prop_assert_eq!(shown, wanted);
    }
}

#[test]
fn problems_of_one_kind_stand_together_and_errors_come_first() {
    let dir = tempfile::tempdir().unwrap();
    let store = Store::open(dir.path()).unwrap().0;
    let sid = "83ba26b7f11c4e75b4043c8b33ceba4";
    let emails = ["B@example.com", "nothing", "a@example.com", "C@example.com", "none"];
    let edits = emails.into_iter().enumerate().map(|(no, email)| {
        let changes = [(Field::Email, Change::Set(email.to_owned()))].into_iter().collect();
        Edit { sid: Sid::new(&format!("{sid}{no}")), changes }
    });
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    runtime.block_on(store.import(edits.collect::<Vec<_>>(), "x".into())).unwrap();
    let reads = Reads::of(store, Rules::default(), BookName::default()).unwrap();
    let view = QueueView { problems: true, ..QueueView::default() };
    let mut counts = ProblemCounts::default();
    let shown = reads.queue_keys(&Work::unwatched(), &view, &mut |_| {}, &mut counts).unwrap();
    assert_eq!(shown, [2, 5, 1, 4].map(EditId));
    assert_eq!(counts, ProblemCounts { errors: 2, failed: 0, warnings: 2 });
}

#[test]
fn the_first_screen_comes_before_all_is_read_and_a_view_that_nobody_wants_is_cut_short() {
    let dir = tempfile::tempdir().unwrap();
    let store = Store::open(dir.path()).unwrap().0;
    let edits: Vec<_> = (0..9000).map(|no| Edit { sid: Sid::new(&format!("s{no}")), ..Edit::default() }).collect();
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    runtime.block_on(store.import(edits, "x".into())).unwrap();
    let reads = Reads::of(store, Rules::default(), BookName::default()).unwrap();
    let view = QueueView { filter: Some("sid:s".into()), ..QueueView::default() };
    let mut first = Vec::new();
    let all =
        reads.queue_keys(&Work::unwatched(), &view, &mut |keys| first = keys, &mut ProblemCounts::default()).unwrap();
    assert_eq!((first.len(), all.len()), (FIRST, 9000));
    let stopped = Work::unwatched();
    stopped.stopper().stop();
    assert!(
        reads
            .queue_keys(&stopped, &view, &mut |_| {}, &mut ProblemCounts::default())
            .unwrap_err()
            .starts_with("stopped")
    );
}

#[test]
fn results_are_filtered_narrowed_and_ordered_together_and_the_newest_of_a_batch_is_told() {
    use crate::app::results::ResultView;
    use crate::domain::{BatchPolicy, Outcome, Status};
    use crate::store::{ResultColumn, RunLog, RunRequest};
    let dir = tempfile::tempdir().unwrap();
    let store = Store::open(dir.path()).unwrap().0;
    let edits: Vec<_> = (0..6).map(|no| edit((6 - no, Some(Some(no % 2)), None))).collect();
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    let run = runtime.block_on(async {
        store.import(edits, "x".into()).await.unwrap();
        let request = RunRequest {
            edits: store.reader().unwrap().queue_ids().unwrap(),
            policy: BatchPolicy { max_edits: 2, max_bytes: 1 << 20, canary: 0 },
            profile: "p".into(),
            account: "a".into(),
            base_url: "http://localhost".into(),
            user: "u".into(),
            resumes: None,
        };
        let run = store.begin_run(request).await.unwrap().run;
        let journal = store.journal(run);
        let of = |status| Outcome::undecided(status, None, "test");
        journal.settle(0, None, vec![of(Status::Updated), of(Status::Rejected)]).await.unwrap();
        journal.settle(2, None, vec![of(Status::Rejected), of(Status::Rejected)]).await.unwrap();
        run
    });
    let reads = Reads::of(store, Rules::default(), BookName::default()).unwrap();
    let by = |by, descending| Some(Sort { by, descending });
    let shown = |filter: Option<&str>, problems, sort| {
        let view = ResultView { filter: filter.map(str::to_owned), problems, sort };
        reads.result_keys(&Work::unwatched(), run, &view, &mut |_| {}).unwrap()
    };
    assert_eq!(shown(None, false, None), [0, 1, 2, 3, 4, 5]);
    assert_eq!(shown(None, false, by(ResultColumn::Sid, false)), [5, 4, 3, 2, 1, 0]);
    assert_eq!(shown(None, false, by(ResultColumn::Status, false)), [1, 4, 5, 0, 2, 3], "what is open comes last");
    assert_eq!(shown(None, true, by(ResultColumn::Sid, false)), [5, 4, 1]);
    assert_eq!(shown(Some("tag:t1"), false, by(ResultColumn::Sid, true)), [1, 3, 5]);
    assert_eq!(shown(Some("tag:t1 status:rejected"), true, by(ResultColumn::Sid, false)), [5, 1]);
    assert_eq!(reads.newest(run, 2, &[5, 4, 1]), Some(5));
    assert_eq!(reads.newest(run, 1, &[5, 4, 1]), None, "none of it is shown");
}
