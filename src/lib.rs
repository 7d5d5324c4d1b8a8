//! Herald: an open, self-hosted employee advocacy platform.
//!
//! Modules in reading order: the ground, then the slices, of which each calls only those above it
//! (`tests/product/architecture.rs` reads the `use crate::` lines).

pub mod app;
pub mod config;
pub mod error;
pub mod network;
pub mod routes;
pub mod server;

pub mod db;
pub mod web;
pub mod jobs;
pub mod audit;
pub mod identity;
pub mod notifications;
pub mod audiences;
pub mod library;
pub mod networks;
pub mod tracking;
pub mod sharing;
pub mod recognition;
pub mod reports;
pub mod administration;
pub mod home;
pub mod demo;
pub mod command;
