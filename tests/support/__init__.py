"""What tests share: builders of documents, reports and stores."""
