"""What training sees: streams of batches, crops of public sets, changes of crops."""
