//! Pages of contacts and of lists.

use super::contract::{contract, parsed, shape};
use super::*;

/// The SIDs of a page.
async fn sids(caller: &Caller, path: &str) -> Vec<String> {
    let page = caller.get(path).await.json();
    let items = page["response"].as_array().unwrap().clone();
    items.into_iter().map(|i| i["data"]["sid"].as_str().unwrap().to_owned()).collect()
}

#[tokio::test]
async fn walking_the_list_meets_every_contact_once() {
    let sim = simulate_with("", |o| o.contacts = 45).await;
    let caller = Caller::of(&sim);
    let mut met = Vec::new();
    loop {
        let page = caller.get(&format!("/contacts?offset={}&limit=50", met.len())).await.json();
        let items = page["response"].as_array().unwrap().clone();
        assert!(items.len() <= 20);
        if items.is_empty() {
            assert_eq!(shape(page), shape(parsed(contract!("get_200_page_empty.json"))));
            break;
        }
        met.extend(items.into_iter().map(|i| i["data"]["sid"].as_str().unwrap().to_owned()));
    }
    let expected: Vec<String> = std::iter::once(VENDOR_SID.to_owned()).chain((0..45).map(sid_of)).collect();
    assert_eq!(met, expected);

    let page = caller.get("/contacts?limit=2").await.json();
    assert_eq!(shape(page), shape(parsed(contract!("get_200_page_of_contacts.json"))));
    let newest = caller.get("/contacts?limit=1&sort_by=date_created:desc").await.json();
    assert_eq!(newest["response"][0]["data"]["sid"], sid_of(44));
    let named = caller.get("/contacts?name=xyz").await.json();
    assert_eq!(named["response"].as_array().unwrap().len(), 1);
    assert_eq!(caller.get("/contacts?offset=x").await.status, 400);
}

#[tokio::test]
async fn lists_share_out_the_book() {
    let sim = simulate_with("", |o| o.contacts = 12).await;
    let caller = Caller::of(&sim);
    let lists = caller.get("/lists").await.json();
    let mut met = Vec::new();
    for list in lists["response"].as_array().unwrap() {
        let path = format!("/lists/{}/contacts?offset=0&limit=20", list["data"]["sid"].as_str().unwrap());
        let page = caller.get(&path).await.json();
        met.extend(page["response"].as_array().unwrap().iter().map(|i| i["data"]["sid"].as_str().unwrap().to_owned()));
    }
    let mut expected: Vec<_> = (0..12).map(sid_of).collect();
    met.sort();
    expected.sort();
    assert_eq!(met, expected);
    assert_eq!(caller.get("/lists/none/contacts").await.status, 404);
    assert_eq!(caller.get("/shoes").await.status, 404);
}

#[tokio::test]
async fn a_contact_that_went_leaves_no_gap_and_one_that_came_is_the_last() {
    let sim = simulate_with("", |o| o.contacts = 30).await;
    let caller = Caller::of(&sim);
    assert!(sim.delete(&sid_of(3)) && !sim.delete(&sid_of(3)));
    let new = sim.insert();
    assert_eq!(sids(&caller, "/contacts?offset=3&limit=3").await, [sid_of(2), sid_of(4), sid_of(5)]);
    assert_eq!(sids(&caller, "/contacts?offset=29").await, [sid_of(29), new.clone()]);
    assert_eq!(sids(&caller, "/contacts?limit=1&sort_by=date_created:desc").await, [new]);
    assert_eq!(caller.get(&format!("/contacts/{}", sid_of(3))).await.status, 404);
    let answer = caller.put(tag_body([3], "New")).await.json();
    assert_eq!(answer["response"][0]["code"], 404);
}

#[tokio::test]
async fn others_shift_the_pages_as_the_scenario_says() {
    let sim = simulate_with("[churn]\ninsert_every = 2\ndelete_every = 3", |o| o.contacts = 50).await;
    let caller = Caller::of(&sim);
    for _ in 0..6 {
        caller.get("/contacts").await;
    }
    let mut all = Vec::new();
    for offset in [0, 20, 40] {
        all.extend(sids(&caller, &format!("/contacts?offset={offset}")).await);
    }
    assert_eq!(all.len(), 51 + 4 - 2, "inserts with pages 2, 4, 6 and 8; deletes with 3 and 6");
}

#[tokio::test]
async fn contacts_show_their_lists_where_asked_and_can_be_had_by_list() {
    let sim = simulate_with("", |o| o.contacts = 12).await;
    let caller = Caller::of(&sim);
    let lists = caller.get("/lists").await.json();
    let list = lists["response"][1]["data"]["sid"].as_str().unwrap().to_owned();
    let page = caller.get("/contacts?filter=show_list").await.json();
    let items = page["response"].as_array().unwrap();
    assert_eq!(items[0]["data"]["lists"], serde_json::json!([]), "the vendor's is in none");
    assert_eq!(items[2]["data"]["lists"][0]["sid"], list);
    assert_eq!(sids(&caller, &format!("/contacts?list_sids={list}")).await, [1, 6, 11].map(sid_of));
    assert_eq!(caller.get("/contacts?list_sids=none").await.status, 400);
}

#[tokio::test]
async fn pages_differ_as_the_dialect_says() {
    let sim = simulate("[dialect]\npage_size = 3\npage_items = \"bare\"\nsort_by = \"updated\"").await;
    let caller = Caller::of(&sim);
    caller.put(tag_body([7], "New")).await;
    let page = caller.get("/contacts?limit=20&sort_by=date_updated:desc").await.json();
    let items = page["response"].as_array().unwrap();
    assert_eq!((items.len(), items[0]["sid"].as_str()), (3, Some(sid_of(7).as_str())));
    assert_eq!(items[0]["status"], Value::Null, "no item around it");

    let plain = simulate("").await;
    assert_eq!(Caller::of(&plain).get("/contacts?sort_by=date_updated:desc").await.status, 400);
}
