//! What handing out work promises.

use std::time::{Duration, Instant};

use futures_util::{StreamExt, stream::BoxStream};
use nats::{Job, Nats, Trace, Work, WorkOptions};
use tokio::time::timeout;

use crate::world::{World, append, commit, connected, conversation, user};

async fn jobs(world: &World, nats: &Nats, ack_wait: Duration) -> BoxStream<'static, Job> {
    let options = WorkOptions { ack_wait, ..WorkOptions::default() };
    Work::open(nats, &world.journal, options).await.unwrap().jobs()
}

async fn nothing_comes(jobs: &mut BoxStream<'static, Job>, within: Duration) {
    let job = timeout(within, jobs.next()).await;
    assert!(job.is_err(), "{job:?}");
}

#[tokio::test]
async fn only_the_kinds_that_were_asked_for_are_handed_out_from_the_beginning() {
    let world = World::new().await;
    append(&world.journal, user(1), 0, &commit(1)).await.unwrap();
    let trace = Trace::parse("00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01");
    world.journal.append(conversation(1), 0, &commit(2), &trace).await.unwrap();
    let mut jobs = jobs(&world, &world.nats, Duration::from_secs(5)).await;
    let job = jobs.next().await.unwrap();
    assert_eq!((job.recorded.position.sequence, job.attempt), (2, 1));
    assert_eq!((job.recorded.aggregate, &job.recorded.commit), (conversation(1), &commit(2)));
    assert_eq!(job.trace, trace);
}

#[tokio::test]
async fn what_is_not_acknowledged_comes_again_and_what_is_does_not() {
    let world = World::new().await;
    let ack_wait = Duration::from_millis(500);
    let mut jobs = jobs(&world, &world.nats, ack_wait).await;
    append(&world.journal, conversation(1), 0, &commit(1)).await.unwrap();
    drop(jobs.next().await.unwrap());
    let again = jobs.next().await.unwrap();
    assert_eq!((again.recorded.position.sequence, again.attempt), (1, 2));
    again.ack().await.unwrap();
    nothing_comes(&mut jobs, ack_wait * 3).await;
}

#[tokio::test]
async fn a_job_that_is_in_progress_stays_with_its_worker() {
    let world = World::new().await;
    let ack_wait = Duration::from_millis(500);
    let mut jobs = jobs(&world, &world.nats, ack_wait).await;
    append(&world.journal, conversation(1), 0, &commit(1)).await.unwrap();
    let job = jobs.next().await.unwrap();
    for _ in 0..10 {
        nothing_comes(&mut jobs, ack_wait / 3).await;
        job.in_progress().await.unwrap();
    }
    assert_eq!(jobs.next().await.unwrap().attempt, 2);
}

#[tokio::test]
async fn a_job_comes_again_after_the_time_that_was_asked_for_and_never_when_given_up() {
    let world = World::new().await;
    let mut jobs = jobs(&world, &world.nats, Duration::from_secs(1)).await;
    append(&world.journal, conversation(1), 0, &commit(1)).await.unwrap();
    let begun = Instant::now();
    jobs.next().await.unwrap().retry_after(Duration::from_millis(300)).await.unwrap();
    let again = jobs.next().await.unwrap();
    assert_eq!(again.attempt, 2);
    assert!(begun.elapsed() >= Duration::from_millis(290), "{:?}", begun.elapsed());
    again.give_up().await.unwrap();
    nothing_comes(&mut jobs, Duration::from_secs(2)).await;
}

#[tokio::test]
async fn workers_share_the_work_and_one_that_dies_is_replaced() {
    let world = World::new().await;
    let other = connected(&world.server).await;
    let ack_wait = Duration::from_secs(1);
    let mut mine = jobs(&world, &world.nats, ack_wait).await;
    let mut theirs = jobs(&world, &other, ack_wait).await;
    let mut seen = vec![];
    for number in 0..100 {
        append(&world.journal, conversation(number), 0, &commit(number)).await.unwrap();
        let job = tokio::select! {
            job = mine.next() => ("mine", job.unwrap()),
            job = theirs.next() => ("theirs", job.unwrap()),
        };
        job.1.ack().await.unwrap();
        seen.push((job.0, job.1.recorded.position.sequence, job.1.attempt));
    }
    assert!(
        seen.iter().zip(1..).all(|((_, sequence, attempt), at)| *sequence == at && *attempt == 1),
        "{seen:?}"
    );
    assert!(["mine", "theirs"].iter().all(|who| seen.iter().any(|(it, ..)| it == who)), "{seen:?}");

    // One takes a job and dies; its unanswered request for more is with the server still.
    append(&world.journal, conversation(500), 0, &commit(500)).await.unwrap();
    tokio::select! {
        job = mine.next() => drop(job),
        job = theirs.next() => { drop(job); std::mem::swap(&mut mine, &mut theirs); },
    }
    drop(mine);
    let job = timeout(Duration::from_secs(10), theirs.next()).await.unwrap().unwrap();
    assert_eq!((job.recorded.position.sequence, job.attempt), (101, 2));
}

#[tokio::test]
async fn work_goes_on_across_restarts_of_the_server() {
    let mut world = World::new().await;
    let mut jobs = jobs(&world, &world.nats, Duration::from_secs(2)).await;
    for number in 0..3 {
        append(&world.journal, conversation(number), 0, &commit(number)).await.unwrap();
        let back = Instant::now();
        loop {
            let job = jobs.next().await.unwrap();
            job.ack().await.unwrap();
            if job.recorded.commit == commit(number) {
                break;
            }
        }
        assert!(back.elapsed() < Duration::from_secs(3), "it took {:?} to hear again", back.elapsed());
        world.server.kill();
        world.server.resume();
    }
}

#[tokio::test]
async fn an_idle_worker_hears_of_a_commit_at_once() {
    let world = World::new().await;
    let mut jobs = jobs(&world, &world.nats, Duration::from_secs(5)).await;
    let mut waits = vec![];
    for number in 0..500 {
        let begun = Instant::now();
        append(&world.journal, conversation(number), 0, &commit(number)).await.unwrap();
        let acked = begun.elapsed();
        let job = jobs.next().await.unwrap();
        waits.push((begun.elapsed(), acked));
        job.ack().await.unwrap();
    }
    waits.sort();
    let [(half, acked), (most, _)] = [waits[250], waits[495]];
    println!("from the append to the job: p50 {half:?} (acknowledged after {acked:?}), p99 {most:?}");
    assert!(half < Duration::from_millis(10), "{half:?}");
}
